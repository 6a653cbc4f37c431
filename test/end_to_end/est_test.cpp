// SPDX-License-Identifier: Apache-2.0
// Identities through the front door, with clients and certificates that are not ours.
#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "certs/development_pki.h"
#include "libs/security/csr.h"
#include "test/support/running_stack.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

constexpr auto day = 24h;

Finished run(std::vector<std::string> argv) {
    SpawnOptions options;
    options.argv = std::move(argv);
    auto finished = run_program(std::move(options), 120s);
    REQUIRE(finished);
    return std::move(*finished);
}

void write(const std::filesystem::path& file, const std::string& text) { std::ofstream(file) << text; }

/// A certificate of the platform's own authority over a key of ours, as if made at another time; the registry knows it
/// in the place of the device's first one.
class AgedCertificate {
public:
    AgedCertificate(const RunningStack& stack, const std::string& device, Microseconds age)
        : stack_(stack),
          certificate_(stack.scratch() / fmt::format("aged-{}.crt", age.count())),
          key_(stack.scratch() / fmt::format("aged-{}.key", age.count())) {
        const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
        const auto issuer =
            certs::load_pair(certs::DevelopmentPki{stack.directory() / "pki"}.issuing()).value();
        const auto made = certs::issue(certs::builtin_profile("device").value(), {device, {}, {}}, key,
                                       issuer, SystemClock{}.wall() + -age)
                              .value();
        write(certificate_, made.to_pem());
        REQUIRE(key.save(key_));
        const auto changed = stack.sql(fmt::format(
            "UPDATE watchglass.certificates SET fingerprint = '\\x{}', not_before = '{}', not_after = '{}' "
            "WHERE ticket IS NOT NULL RETURNING 1",
            to_hex(made.fingerprint()), to_rfc3339(made.not_before()), to_rfc3339(made.not_after())));
        REQUIRE(changed.size() == 1);
    }

    /// curl's status; 000 when the front door ended the handshake.
    [[nodiscard]] std::string call(const std::string& path, const std::string& body = "") const {
        std::vector<std::string> argv{"curl",     "-s",
                                      "-o",       answer().string(),
                                      "-w",       "%{http_code}",
                                      "--cacert", stack_.description().trust_bundle.string(),
                                      "--cert",   certificate_.string(),
                                      "--key",    key_.string()};
        if (!body.empty()) argv.insert(argv.end(), {"--json", body});
        argv.push_back(fmt::format("https://localhost:{}{}", stack_.description().port, path));
        return run(std::move(argv)).out;
    }
    [[nodiscard]] std::string renew() const {
        const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
        const auto csr = security::make_csr_pem(key, "x").value();
        return call("/v1/renew", json::Value::object({{"csr", csr}}).dump());
    }
    [[nodiscard]] std::string code() const {
        return json::parse(read_file(answer()).value()).value().text_or("code", "");
    }

private:
    [[nodiscard]] std::filesystem::path answer() const { return stack_.scratch() / "answer"; }

    const RunningStack& stack_;
    std::filesystem::path certificate_;
    std::filesystem::path key_;
};

}  // namespace

TEST_CASE("curl and openssl alone take a ticket to a message, and may do nothing else", "[end_to_end][est]") {
    const RunningStack stack;
    const auto other = stack.enroll(stack.scratch() / "other", "EST-OTHER", "host");
    const auto ticket = stack.scratch() / "ticket";
    const auto device = stack.cli_json({"device", "add", "--site", "test", "--model", "host", "--serial",
                                        "EST-1", "--dictionary", "host", "--ticket-file", ticket.string()});
    const auto finished = run(
        {"bash", std::string(std::getenv("WATCHGLASS_SOURCE_DIR")) + "/test/end_to_end/est_with_openssl.sh",
         ticket.string(), (stack.scratch() / "est").string(), other});
    INFO(finished.out << finished.err);
    CHECK(finished.status.success());
    CHECK_THAT(finished.out, Catch::Contains("done: " + device.text("device").value()));
}

TEST_CASE("an expired certificate passes the front door to renew and for nothing else", "[end_to_end][est]") {
    const RunningStack stack;
    const auto device = stack.enroll(stack.scratch() / "instrument", "AGED-1", "host");

    const AgedCertificate expired{stack, device, 100 * day};
    CHECK(expired.call("/v1/devices") == "401");
    CHECK(expired.code() == "auth.certificate_not_good");
    CHECK(expired.call("/api/v1/devices") == "403");
    CHECK(expired.renew() == "200");

    const AgedCertificate too_old{stack, device, 271 * day};
    CHECK(too_old.renew() == "403");
    CHECK(too_old.code() == "renew.too_late");

    // Letting the expired in lets nobody in who is early.
    const AgedCertificate early{stack, device, -2h};
    CHECK(early.renew() == "000");
}

}  // namespace watchglass::test

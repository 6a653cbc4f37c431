// SPDX-License-Identifier: Apache-2.0
#include "libs/security/crl.h"

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "libs/foundation/process.h"
#include "test/integration/provisioning/running_provisioning.h"

using namespace watchglass;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

security::Certificate enrolled(const RunningProvisioning& platform, const std::string& device) {
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const auto answer = platform.enroll(platform.ticket_secret(device), RunningProvisioning::csr(key));
    INFO(answer.text);
    REQUIRE(answer.status == 200);
    return security::Certificate::from_pem(answer.body.text("certificate_chain").value()).value();
}

void revoke(const RunningProvisioning& platform, const std::string& device) {
    REQUIRE(platform.post("/v1/devices/" + device + "/revoke", json::Value::object()).status == 200);
}

/// As anybody gets it; nothing while there is none.
std::optional<security::Crl> served(const RunningProvisioning& platform) {
    const auto answer = platform.send({.target = "/v1/crl"}, std::nullopt);
    if (answer.status != 200) return std::nullopt;
    return security::Crl::from_der(as_bytes(answer.text)).value();
}

bool lists(const security::Crl& crl, const security::Certificate& certificate) {
    const auto revoked = crl.revoked();
    return std::any_of(revoked.begin(), revoked.end(),
                       [&](const auto& one) { return one.serial_hex == certificate.serial_hex(); });
}

/// What `openssl verify` says of a certificate by this list.
Finished verify(const RunningProvisioning& platform, const security::Certificate& certificate,
                const std::string& crl_pem) {
    REQUIRE(write_file_atomically(platform.directory / "device.crt", certificate.to_pem()));
    REQUIRE(write_file_atomically(platform.directory / "list.pem", crl_pem));
    SpawnOptions options;
    options.argv = {"openssl",
                    "verify",
                    "-crl_check",
                    "-CAfile",
                    platform.pki.trust_bundle(),
                    "-untrusted",
                    platform.pki.issuing().certificate,
                    "-CRLfile",
                    platform.directory / "list.pem",
                    platform.directory / "device.crt"};
    auto finished = run_program(std::move(options), patience);
    REQUIRE(finished);
    return std::move(*finished);
}

}  // namespace

TEST_CASE("the revocation list has a certificate soon after it was revoked, in either form",
          "[provisioning][crl]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device("1");
    const auto stolen = enrolled(platform, device);
    const auto kept = enrolled(platform, platform.register_device("2"));
    REQUIRE(eventually([&] { return served(platform).has_value(); }));
    const auto before = served(platform).value();
    CHECK(before.revoked().empty());
    CHECK(before.next_update() - before.this_update() == 24h);

    revoke(platform, device);
    REQUIRE(eventually([&] { return lists(*served(platform), stolen); }));
    const auto after = served(platform).value();
    CHECK(after.number() > before.number());
    CHECK_FALSE(lists(after, kept));
    CHECK(after.issued_by(certs::load_pair(platform.pki.issuing()).value().certificate));

    const auto pem =
        platform.send({.target = "/v1/crl", .headers = {{"accept", "application/x-pem-file"}}}, std::nullopt);
    CHECK(pem.text == after.to_pem());
    const auto refused = verify(platform, stolen, pem.text);
    CHECK_FALSE(refused.status.success());
    CHECK_THAT(refused.err + refused.out, Catch::Contains("certificate revoked"));
    const auto good = verify(platform, kept, pem.text);
    INFO(good.err);
    CHECK(good.status.success());
}

TEST_CASE("the revocation list is made anew at a quarter of its life, and forgets the expired",
          "[provisioning][crl]") {
    RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto certificate = enrolled(platform, device);
    revoke(platform, device);
    REQUIRE(eventually([&] { return served(platform) && lists(*served(platform), certificate); }));
    const auto first = served(platform).value();
    platform.clock.advance(6h + 1s);
    REQUIRE(eventually([&] { return served(platform)->number() > first.number(); }));
    CHECK(lists(*served(platform), certificate));
    platform.clock.advance(90 * 24h);
    CHECK(eventually([&] { return served(platform)->revoked().empty(); }));
}

TEST_CASE("a list of a restored database has a higher number than any before", "[provisioning][crl]") {
    RunningProvisioning platform;
    REQUIRE(eventually([&] { return served(platform).has_value(); }));
    const auto last = served(platform)->number();
    platform.clock.advance(1min);
    platform.database.run(
        "UPDATE watchglass.revocation_list SET number = 0, der = NULL, this_update = 'epoch', "
        "next_update = 'epoch'");
    REQUIRE(eventually([&] { return served(platform).has_value(); }));
    CHECK(served(platform)->number() > last);
}

// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <catch2/catch.hpp>

#include "device-sdk/src/client/open_device.h"
#include "device-sdk/src/enroll/enrollment.h"
#include "device-sdk/src/journal/posix_disk.h"
#include "libs/foundation/file.h"
#include "libs/security/certificate.h"
#include "libs/security/csr.h"
#include "schemas/values/dictionary_constants.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"
#include "test/unit/device-sdk/scripted_platform.h"
#include <watchglass/dictionaries/pump_test_bench.h>

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;
using watchglass::device::test::ScriptedPlatform;
using watchglass::test::eventually;
using watchglass::test::TemporaryDirectory;

namespace pump = watchglass::dictionaries::pump_test_bench;

namespace {

constexpr WallTime in_2020{1'583'748'873'000'000};

/// A whole SDK on a real disk, whose platform is scripted.
struct Bench {
    Bench() {
        device::test::write_identity(directory.path());
        options.directory = directory.path();
        options.dictionary = to_dictionary(pump::constants);
        options.telemetry.flush_interval = 10ms;
        options.telemetry.sync_interval = 10ms;
        platform = linux_platform();
    }
    std::unique_ptr<Worker> open() {
        auto worker = make_worker(options, *platform, script.maker());
        REQUIRE(worker);
        return std::move(*worker);
    }
    std::vector<double> stored() const {
        std::vector<double> values;
        for (const Body& body : script.bodies(Lane::telemetry, options.dictionary)) {
            for (const Change& change : body.changes) values.push_back(std::get<double>(change.value));
        }
        return values;
    }

    TemporaryDirectory directory;
    ScriptedPlatform script;
    Options options;
    std::unique_ptr<Platform> platform;
};

Result<void> set(Worker& worker, double value, int second) {
    return worker.recorder().set(ParameterNumber{pump::pressure.number}, value,
                                 in_2020 + Microseconds{second * 1s});
}

}  // namespace

TEST_CASE("every change reaches the platform once, with its own time, and unchanged ones do not",
          "[device-sdk][device]") {
    Bench bench;
    auto worker = bench.open();
    std::vector<double> expected;
    for (int i = 0; i < 2000; ++i) {
        const double value = (i / 3) * 0.25;
        REQUIRE(set(*worker, value, i));
        if (i % 3 == 0) expected.push_back(value);
        if (i == 1000) bench.script.cut_link();
    }
    REQUIRE(worker->drain(30s));
    CHECK(bench.stored() == expected);
    CHECK(bench.script.gaps() == 0);
    CHECK(bench.script.bodies(Lane::telemetry, bench.options.dictionary).front().snapshot);
    CHECK(bench.script.bodies(Lane::telemetry, bench.options.dictionary).front().changes.front().at ==
          in_2020);
    CHECK(worker->status().backlog == 0);
    CHECK(worker->status().last_stored);
}

TEST_CASE("while nothing is stored nothing is released, and the next run sends it", "[device-sdk][device]") {
    Bench bench;
    bench.script.set_storing(false);
    {
        auto worker = bench.open();
        for (int i = 0; i < 300; ++i) REQUIRE(set(*worker, i, i));
        REQUIRE(eventually(30s, [&] { return bench.script.arrived() > 0; }));
        CHECK_FALSE(worker->drain(50ms));
        CHECK(worker->status().backlog > 0);
        REQUIRE(worker->stop(1s));
    }
    bench.script.set_storing(true);
    auto worker = bench.open();
    REQUIRE(worker->drain(30s));
    CHECK(bench.stored().size() == 300);
    CHECK(bench.script.gaps() == 0);
}

TEST_CASE("an alarm is stored at once though telemetry waits for company", "[device-sdk][device]") {
    Bench bench;
    bench.options.telemetry.flush_interval = 15min;
    auto worker = bench.open();
    REQUIRE(set(*worker, 1, 0));
    REQUIRE(worker->recorder().raise("dry_run", Severity::alarm, "No water."));
    REQUIRE(eventually(30s,
                       [&] { return !bench.script.bodies(Lane::events, bench.options.dictionary).empty(); }));
    CHECK(bench.stored().empty());
    const auto bodies = bench.script.bodies(Lane::events, bench.options.dictionary);
    CHECK(bodies.front().events.front().name == "dry_run");
}

TEST_CASE("closing says goodbye and keeps what was recorded last", "[device-sdk][device]") {
    Bench bench;
    bench.options.telemetry.flush_interval = 15min;
    {
        auto worker = bench.open();
        REQUIRE(eventually(30s, [&] { return worker->status().connected; }));
        REQUIRE(set(*worker, 42, 0));
        REQUIRE(worker->stop(1s));
    }
    const auto statuses = bench.script.statuses();
    REQUIRE(statuses.size() == 2);
    CHECK(statuses.front().online);
    CHECK_FALSE(statuses.back().online);
    auto worker = bench.open();
    REQUIRE(worker->drain(30s));
    CHECK(bench.stored() == std::vector<double>{42});
}

TEST_CASE("one state directory belongs to one process at a time, and to an enrolled device",
          "[device-sdk][device]") {
    Bench bench;
    auto worker = bench.open();
    const auto second = make_worker(bench.options, *bench.platform, bench.script.maker());
    REQUIRE_FALSE(second);
    CHECK(second.error().code.name == "journal.in_use");
    const TemporaryDirectory bare;
    bench.options.directory = bare.path();
    const auto unknown = make_worker(bench.options, *bench.platform, bench.script.maker());
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == device::codes::not_enrolled);
}

namespace {

/// An issuer that signs whatever key it is shown.
struct Issuer {
    security::PrivateKey key = *security::PrivateKey::generate(security::KeyKind::ec_p256);
    std::optional<security::Certificate> root;
    std::vector<security::Sha256> seen;

    Issuer() {
        security::CertificateShape shape;
        shape.common_name = "Issuer";
        shape.authority = true;
        shape.not_before = in_2020;
        shape.not_after = in_2020 + Microseconds{24h};
        auto made = security::sign_certificate(shape, security::public_key_der(key), key, nullptr);
        REQUIRE(made);
        root = *made;
    }

    Result<json::Value> issue(const json::Value& request) {
        const auto csr = security::read_csr(as_bytes(*request.text("csr")));
        REQUIRE(csr);
        seen.push_back(csr->public_key_digest);
        security::CertificateShape shape;
        shape.common_name = "abcdefghijklmnopqrstuvwxyz";
        shape.client_auth = true;
        shape.not_before = in_2020;
        shape.not_after = in_2020 + Microseconds{24h};
        const auto certificate = security::sign_certificate(shape, csr->public_key_der, key, &*root);
        REQUIRE(certificate);
        return json::Value::object(
            {{"device", shape.common_name},
             {"certificate_chain", certificate->to_pem()},
             {"trust_bundle", certificate->to_pem()},
             {"mqtt", json::Value::object({{"host", "broker"}, {"port", 8443}, {"alpn", "mqtt"}})},
             {"https", json::Value::object({{"host", "broker"}, {"port", 8443}})}});
    }
};

}  // namespace

TEST_CASE("a lost answer to an enrollment is asked for again with the same key", "[device-sdk][enroll]") {
    const TemporaryDirectory directory;
    const IdentityDirectory identity{directory.path()};
    const EnrollmentTicket ticket{"platform", 8443, {}, {}};
    Issuer issuer;

    const auto lost = enroll_with(ticket, identity, [&](const json::Value& request) -> Result<json::Value> {
        (void)issuer.issue(request);
        return failed(Failure{watchglass::codes::timed_out, Next::retry_later, {}, {}});
    });
    CHECK_FALSE(lost);
    CHECK(identity.load().error().code == device::codes::not_enrolled);
    const auto mode = std::filesystem::status(identity.pending_key()).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));

    const auto enrolled =
        enroll_with(ticket, identity, [&](const json::Value& request) { return issuer.issue(request); });
    REQUIRE(enrolled);
    REQUIRE(issuer.seen.size() == 2);
    CHECK(issuer.seen[0] == issuer.seen[1]);
    CHECK(security::PrivateKey::load(identity.key())->public_key_digest() == issuer.seen[0]);
    CHECK(identity.load()->mqtt.port == 8443);
    CHECK(identity.load()->mqtt.alpn == "mqtt");
    CHECK(identity.load()->https.alpn.empty());
    const auto document = json::parse(*read_file(identity.document()));
    CHECK(document->find("mqtt")->find("alpn") != nullptr);
    CHECK(document->find("https")->find("alpn") == nullptr);
    CHECK_FALSE(std::filesystem::exists(identity.pending_key()));
}

TEST_CASE("a certificate for another key is not taken", "[device-sdk][enroll]") {
    const TemporaryDirectory directory;
    const IdentityDirectory identity{directory.path()};
    Issuer issuer;
    const auto other =
        *security::make_csr_pem(*security::PrivateKey::generate(security::KeyKind::ec_p256), "other");
    const auto enrolled = enroll_with({"platform", 8443, {}, {}}, identity, [&](const json::Value&) {
        return issuer.issue(json::Value::object({{"csr", other}}));
    });
    CHECK_FALSE(enrolled);
    CHECK_FALSE(identity.load());
}

TEST_CASE("a state directory is made with everything missing above it, closed to others",
          "[device-sdk][device]") {
    const TemporaryDirectory directory;
    const auto deep = directory.path() / "a" / "b" / "journal";
    REQUIRE(make_directory(deep, 0700));
    REQUIRE(make_directory(deep, 0700));
    CHECK(std::filesystem::status(deep).permissions() == std::filesystem::perms::owner_all);
    CHECK(PosixDisk::open_directory(deep));
    REQUIRE(write_file_atomically(directory.path() / "file", "x"));
    CHECK_FALSE(make_directory(directory.path() / "file" / "journal", 0700));
}

// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "test/integration/provisioning/running_provisioning.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

json::Value because(const std::string& reason) { return json::Value::object({{"reason", reason}}); }

/// A platform with one instrument.
struct Instrument {
    explicit Instrument(bool with_broker = true) : platform(with_broker) {}

    RunningProvisioning platform;
    std::string device = platform.register_device();

    [[nodiscard]] security::Certificate enroll() const {
        const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
        const auto answer = platform.enroll(platform.ticket_secret(device), RunningProvisioning::csr(key));
        INFO(answer.text);
        REQUIRE(answer.status == 200);
        return security::Certificate::from_pem(answer.body.text("certificate_chain").value()).value();
    }
    [[nodiscard]] Answer step(const std::string& name, const std::string& reason = "",
                              const std::vector<std::pair<std::string, std::string>>& more = {}) const {
        return platform.post("/v1/devices/" + device + "/" + name,
                             reason.empty() ? json::Value::object() : because(reason), more);
    }
    [[nodiscard]] Answer show() const { return platform.get("/v1/devices/" + device); }
    [[nodiscard]] std::int64_t may_connect() const {
        return platform.database.number("SELECT count(*) FROM watchglass.access_current WHERE device_id = '" +
                                        device + "'");
    }
    [[nodiscard]] std::string certificate_states() const {
        return platform.database.value(
            "SELECT string_agg(state, ' ' ORDER BY certificate) FROM watchglass.certificates");
    }
    [[nodiscard]] std::int64_t audited(const std::string& action) const {
        return platform.database.number("SELECT count(*) FROM watchglass.audit WHERE action = '" + action +
                                        "' AND device_id = '" + device + "'");
    }
};

}  // namespace

TEST_CASE("a suspended instrument may not connect until it is reinstated", "[provisioning][life]") {
    const Instrument one;
    const auto certificate = one.enroll();
    REQUIRE(one.may_connect() == 1);

    const auto suspended = one.step("suspend", "lent to a trade fair");
    INFO(suspended.text);
    CHECK(suspended.status == 200);
    CHECK(suspended.body.text_or("state", "") == "suspended");
    CHECK(suspended.body.boolean("broker_confirmed").value());
    CHECK(one.may_connect() == 0);
    CHECK(one.certificate_states() == "issued");
    CHECK(one.platform
              .enroll(one.platform.ticket_secret(one.device),
                      RunningProvisioning::csr(
                          security::PrivateKey::generate(security::KeyKind::ec_p256).value()))
              .code() == "enroll.device_not_admitted");

    const auto reinstated = one.step("reinstate");
    CHECK(reinstated.body.text_or("state", "") == "enrolled");
    CHECK(reinstated.body.boolean("broker_confirmed").value());
    CHECK(one.platform.database.value("SELECT encode(fingerprint, 'hex') FROM watchglass.access_current") ==
          to_hex(certificate.fingerprint()));
}

TEST_CASE("an instrument that never enrolled is reinstated as registered", "[provisioning][life]") {
    const Instrument one;
    CHECK(one.step("suspend").body.text_or("state", "") == "suspended");
    const auto reinstated = one.step("reinstate");
    CHECK(reinstated.body.text_or("state", "") == "registered");
    CHECK(reinstated.body.boolean("broker_confirmed").value());  // there is nothing that a broker must know
    static_cast<void>(one.enroll());
}

TEST_CASE("a certificate that expired while its instrument was suspended is not let in again",
          "[provisioning][life]") {
    Instrument one;
    static_cast<void>(one.enroll());
    REQUIRE(one.step("suspend").status == 200);
    one.platform.clock.advance(std::chrono::hours(24 * 91));
    CHECK(one.step("reinstate").body.text_or("state", "") == "enrolled");
    CHECK(one.may_connect() == 0);
}

TEST_CASE("revoking withdraws every certificate of an instrument, for good", "[provisioning][life]") {
    const Instrument one;
    static_cast<void>(one.enroll());
    static_cast<void>(one.enroll());
    const bool from_suspension = GENERATE(false, true);
    if (from_suspension) REQUIRE(one.step("suspend").status == 200);

    const auto revoked = one.step("revoke", "stolen");
    INFO(revoked.text);
    CHECK(revoked.status == 200);
    CHECK(revoked.body.text_or("state", "") == "revoked");
    CHECK(revoked.body.boolean("broker_confirmed").value());
    for (const auto& certificate : revoked.body.find("certificates")->items())
        CHECK(certificate.text_or("state", "") == "revoked");
    CHECK(one.certificate_states() == "revoked revoked");
    CHECK(one.may_connect() == 0);
    CHECK(one.platform.database.value("SELECT detail->>'reason' FROM watchglass.audit WHERE action = "
                                      "'device.revoked'") == "stolen");
    // Both were denied at the broker, once.
    CHECK(one.platform.database.number("SELECT count(*) FROM watchglass.access_changes WHERE op = 'deny'") ==
          2);

    for (const char* step : {"suspend", "reinstate", "retire"}) {
        const auto refused = one.step(step);
        INFO(step << ": " << refused.text);
        CHECK(refused.status == 409);
        CHECK(refused.code() == "registry.device_closed");
        CHECK_FALSE(refused.body.text_or("next_step", "").empty());
    }
    CHECK(one.platform.post("/v1/devices/" + one.device + "/tickets", json::Value::object()).code() ==
          "registry.device_closed");
    CHECK(one.platform.register_device() != one.device);  // the same plate, under another id
}

TEST_CASE("a retired instrument's certificates are worth nothing any more", "[provisioning][life]") {
    const Instrument one;
    static_cast<void>(one.enroll());
    CHECK(one.step("retire").body.text_or("state", "") == "retired");
    CHECK(one.certificate_states() == "revoked");
    CHECK(one.may_connect() == 0);
    CHECK(one.step("revoke").code() == "registry.device_closed");
    CHECK(one.platform.register_device() != one.device);
}

TEST_CASE("a step that was taken already answers the same and leaves no second trace",
          "[provisioning][life]") {
    const Instrument one;
    static_cast<void>(one.enroll());
    const std::string step = GENERATE("suspend", "reinstate", "revoke", "retire");
    const auto first = one.step(step);
    const auto changes = one.platform.database.number("SELECT count(*) FROM watchglass.access_changes");
    const auto again = one.step(step);
    CHECK(first.status == 200);
    CHECK(again.status == 200);
    CHECK(again.text == first.text);
    CHECK(again.etag == first.etag);
    CHECK(one.audited("device." + step + (step.ends_with('e') ? "d" : "ed")) ==
          (step == "reinstate" ? 0 : 1));
    CHECK(one.platform.database.number("SELECT count(*) FROM watchglass.access_changes") == changes);
}

TEST_CASE("whoever looked at an older state changes nothing", "[provisioning][life]") {
    const Instrument one;
    const auto seen = one.show();
    REQUIRE(seen.etag.size() > 2);
    static_cast<void>(one.enroll());

    const auto stale = one.step("suspend", "", {{"if-match", seen.etag}});
    CHECK(stale.status == 412);
    CHECK(stale.code() == "registry.changed_meanwhile");
    CHECK_FALSE(stale.body.text_or("next_step", "").empty());
    CHECK(one.step("suspend", "", {{"if-match", "W/" + one.show().etag}}).status == 412);  // not a strong one
    CHECK(one.show().body.text_or("state", "") == "enrolled");
    CHECK(one.audited("device.suspended") == 0);

    const auto taken = one.step("suspend", "", {{"if-match", "\"another\", " + one.show().etag}});
    CHECK(taken.status == 200);
    CHECK(taken.etag == one.show().etag);
    CHECK(one.step("reinstate", "", {{"if-match", taken.etag}}).status == 200);
    CHECK(one.step("suspend", "", {{"if-match", "*"}}).status == 200);
}

TEST_CASE("a reason must be text, and may be left out with the whole body", "[provisioning][life]") {
    const Instrument one;
    const auto administrator = certs::load_pair(one.platform.pki.first_operator()).value().certificate;
    const auto send = [&](const std::string& body, const std::string& type) {
        return one.platform.send({.method = "POST",
                                  .target = "/v1/devices/" + one.device + "/suspend",
                                  .headers = {{"content-type", type}},
                                  .body = body},
                                 administrator);
    };
    CHECK(send(R"({"reason":7})", "application/json").code() == "registry.bad_field");
    CHECK(send(R"({"reason":"two\nlines"})", "application/json").code() == "registry.bad_field");
    CHECK(send(R"({"reason":")" + std::string(501, 'x') + R"("})", "application/json").code() ==
          "registry.bad_field");
    CHECK(send("[]", "application/json").code() == "json.unexpected");
    CHECK(send("{", "application/json").code() == "json.malformed");
    CHECK(send("reason=x", "text/plain").code() == "registry.wrong_content_type");
    CHECK(one.show().body.text_or("state", "") == "registered");
    CHECK(one.platform
              .send({.method = "POST", .target = "/v1/devices/" + one.device + "/suspend"}, administrator)
              .status == 200);
}

TEST_CASE("who may register may end a registration, within their tenant, and nobody else",
          "[provisioning][life]") {
    const Instrument one;
    one.platform.database.add_tenant(2, "other");
    const auto reader = one.platform.new_operator_certificate();
    one.platform.add_operator(reader, "reader");
    const auto service = one.platform.new_operator_certificate();
    one.platform.add_operator(service, "service");
    const auto stranger = one.platform.new_operator_certificate();
    one.platform.add_operator(stranger, "service", "other");
    const auto as = [&](const std::optional<security::Certificate>& who, const std::string& step) {
        return one.platform.send({.method = "POST", .target = "/v1/devices/" + one.device + "/" + step}, who);
    };
    for (const char* step : {"suspend", "reinstate", "revoke", "retire"}) {
        INFO(step);
        CHECK(as(std::nullopt, step).code() == "auth.certificate_required");
        CHECK(as(reader, step).code() == "auth.not_allowed");
        CHECK(as(stranger, step).code() == "registry.unknown_device");
    }
    CHECK(one.platform.send({.target = "/v1/devices/" + one.device + "/history"}, stranger).code() ==
          "registry.unknown_device");
    CHECK(one.platform.send({.target = "/v1/devices/" + one.device + "/history"}, reader).status == 200);
    CHECK(one.show().body.text_or("state", "") == "registered");
    CHECK(as(service, "revoke").status == 200);
    CHECK(one.platform.post("/v1/devices/not-an-id/revoke", json::Value::object()).code() ==
          "device.malformed_id");
}

TEST_CASE("a revocation counts even while no broker confirms it, and says so", "[provisioning][life]") {
    const Instrument one{/*with_broker=*/false};
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    CHECK(one.platform.enroll(one.platform.ticket_secret(one.device), RunningProvisioning::csr(key)).code() ==
          "enroll.broker_behind");
    REQUIRE(one.may_connect() == 1);
    const auto revoked = one.step("revoke");
    CHECK(revoked.status == 200);
    CHECK_FALSE(revoked.body.boolean("broker_confirmed").value());
    CHECK(one.may_connect() == 0);
    CHECK(one.show().body.text_or("state", "") == "revoked");
    {
        const ConfirmingBroker broker{one.platform.database};
        CHECK(eventually([&] { return one.step("revoke").body.boolean("broker_confirmed").value(); }));
    }
}

TEST_CASE("whoever enrolls while the instrument is revoked ends without access", "[provisioning][life]") {
    const RunningProvisioning platform;
    for (int round = 0; round < 12; ++round) {
        const auto device = platform.register_device(std::to_string(round));
        const auto secret = platform.ticket_secret(device);
        const auto csr =
            RunningProvisioning::csr(security::PrivateKey::generate(security::KeyKind::ec_p256).value());
        int enrolled = 0;
        std::thread instrument{[&] { enrolled = platform.enroll(secret, csr).status; }};
        const auto revoked = platform.post("/v1/devices/" + device + "/revoke", json::Value::object());
        instrument.join();
        CHECK(revoked.status == 200);
        CHECK((enrolled == 200 || enrolled == 403));
    }
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.devices WHERE state <> 'revoked'") == 0);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates WHERE state = 'issued'") ==
          0);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.access_current") == 0);
}

TEST_CASE("a device's history tells who did what, newest first, page by page", "[provisioning][life]") {
    const Instrument one;
    static_cast<void>(one.platform.register_device("another"));
    static_cast<void>(one.enroll());
    REQUIRE(one.step("suspend", "on loan").status == 200);
    REQUIRE(one.step("reinstate").status == 200);
    REQUIRE(one.step("revoke").status == 200);

    std::vector<std::string> actions;
    std::set<std::int64_t> entries;
    std::string cursor;
    do {
        const auto page = one.platform.get("/v1/devices/" + one.device + "/history?limit=3" +
                                           (cursor.empty() ? "" : "&cursor=" + cursor));
        INFO(page.text);
        REQUIRE(page.status == 200);
        for (const auto& item : page.body.find("items")->items()) {
            actions.push_back(item.text("action").value());
            entries.insert(item.integer("entry").value());
            CHECK_FALSE(item.text_or("at", "").empty());
            CHECK(item.text_or("address", "") == "192.0.2.7");
            if (actions.back() == "device.suspended") {
                CHECK(item.text_or("actor", "").starts_with("operator:"));
                CHECK(item.find("detail")->text_or("reason", "") == "on loan");
                CHECK(item.find("detail")->text_or("from", "") == "enrolled");
            }
        }
        cursor = page.body.text_or("next", "");
    } while (!cursor.empty());
    CHECK(actions == std::vector<std::string>{"device.revoked", "device.reinstated", "device.suspended",
                                              "certificate.issued", "certificate.being_issued", "ticket.made",
                                              "device.registered"});
    CHECK(entries.size() == actions.size());
    CHECK(one.platform.get("/v1/devices/" + one.device + "/history?cursor=nonsense").code() ==
          "registry.bad_cursor");
    CHECK(one.platform.get("/v1/devices/" + one.device + "/history?limit=0").code() == "registry.bad_field");
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/integration/provisioning/running_provisioning.h"

using namespace watchglass;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

std::string new_csr() {
    return RunningProvisioning::csr(security::PrivateKey::generate(security::KeyKind::ec_p256).value());
}

Answer enroll_with(const RunningProvisioning& platform, const std::string& body,
                   const std::string& type = "application/json") {
    return platform.send(
        {.method = "POST", .target = "/v1/enroll", .headers = {{"content-type", type}}, .body = body},
        std::nullopt);
}

}  // namespace

TEST_CASE("expired and unknown tickets are refused", "[provisioning]") {
    RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    platform.clock.advance(24h + 1s);
    const auto expired = platform.enroll(secret, new_csr());
    CHECK(expired.status == 403);
    CHECK(expired.code() == "enroll.ticket_expired");
    const auto unknown = platform.enroll(std::string(32, '0'), new_csr());
    CHECK(unknown.status == 403);
    CHECK(unknown.code() == "enroll.ticket_unknown");
    CHECK_FALSE(unknown.body.text_or("next_step", "").empty());
    CHECK_FALSE(unknown.body.text_or("request_id", "").empty());
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 0);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.audit WHERE action = 'enroll.refused'") ==
          2);
}

TEST_CASE("malformed requests to enroll are refused with a code and spend nothing", "[provisioning]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto with_csr = [&](const std::string& csr) { return platform.enroll(secret, csr); };
    CHECK(enroll_with(platform, "{").code() == "json.malformed");
    CHECK(enroll_with(platform, "[]").code() == "json.unexpected");
    CHECK(enroll_with(platform, "{}").code() == "registry.bad_field");
    CHECK(enroll_with(platform, R"({"secret":"zz","csr":"x"})").code() == "registry.bad_field");
    const std::string no_csr = R"({"secret":")" + secret + '"';
    CHECK(enroll_with(platform, no_csr + "}").code() == "registry.bad_field");
    CHECK(enroll_with(platform, no_csr + R"(,"csr":7})").code() == "registry.bad_field");
    CHECK(enroll_with(platform, R"({"secret":1,"csr":"x"})").code() == "registry.bad_field");
    CHECK(enroll_with(platform, "{}", "text/plain").code() == "registry.wrong_content_type");
    CHECK(with_csr("").code() == "csr.malformed");
    CHECK(with_csr("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n").code() ==
          "csr.malformed");
    CHECK(with_csr(std::string(30'000, 'A')).code() == "registry.bad_field");
    CHECK(enroll_with(platform, std::string(2u << 20, ' ')).status == 413);
    CHECK(platform.enroll(secret, new_csr()).status == 200);
}

TEST_CASE("an address that keeps failing has to wait", "[provisioning]") {
    RunningProvisioning platform;
    for (int i = 0; i < 100; ++i) static_cast<void>(platform.enroll(std::string(32, '0'), "x"));
    const auto slowed = platform.enroll(std::string(32, '0'), "x");
    CHECK(slowed.status == 429);
    CHECK(slowed.code() == "enroll.too_many_failures");
}

TEST_CASE("the registry answers operators with a registered, valid certificate and nobody else",
          "[provisioning]") {
    const RunningProvisioning platform;
    CHECK(platform.send({.target = "/v1/devices"}, std::nullopt).code() == "auth.certificate_required");
    const auto stranger = platform.new_operator_certificate();
    CHECK(platform.send({.target = "/v1/devices"}, stranger).code() == "auth.unknown_operator");
    platform.add_operator(stranger, "reader");
    CHECK(platform.send({.target = "/v1/devices"}, stranger).status == 200);
    CHECK(platform.send({.target = "/v1/devices"}, stranger, /*verify_result=*/10).code() ==
          "auth.certificate_not_good");
}

TEST_CASE("roles and tenants bound what an operator can do", "[provisioning]") {
    const RunningProvisioning platform;
    platform.database.add_tenant(2, "other");
    const auto device = platform.register_device();
    const auto reader = platform.new_operator_certificate();
    platform.add_operator(reader, "reader");
    const auto service = platform.new_operator_certificate();
    platform.add_operator(service, "service", "other");

    const auto registration = [](const std::string& tenant) {
        auto body = json::Value::object({{"site", "S"}, {"model", "M"}, {"serial", "9"}});
        if (!tenant.empty()) body.set("tenant", tenant);
        return http::ClientRequest{.method = "POST",
                                   .target = "/v1/devices",
                                   .headers = {{"content-type", "application/json"}},
                                   .body = body.dump()};
    };
    CHECK(platform.send(registration(""), reader).code() == "auth.not_allowed");
    CHECK(platform.send(registration("default"), service).code() == "auth.not_allowed");
    CHECK(platform.send(registration(""), service).body.text_or("tenant", "") == "other");
    // Another tenant's device does not even exist for them.
    CHECK(platform.send({.target = "/v1/devices/" + device}, service).code() == "registry.unknown_device");
    CHECK(platform.send({.method = "POST", .target = "/v1/devices/" + device + "/tickets"}, service).code() ==
          "registry.unknown_device");
    CHECK(platform.send({.target = "/v1/devices"}, service).body.find("items")->items().size() == 1);
}

TEST_CASE("nobody changes or deletes an audit entry", "[provisioning]") {
    const RunningProvisioning platform;
    static_cast<void>(platform.register_device());
    auto owner = platform.database.connect();
    for (const char* attempt : {"UPDATE watchglass.audit SET actor = 'nobody'",
                                "DELETE FROM watchglass.audit", "TRUNCATE watchglass.audit"}) {
        INFO(attempt);
        CHECK_FALSE(owner.run(attempt));
    }
}

TEST_CASE("registering an operator again changes nothing and leaves no second entry", "[provisioning]") {
    const RunningProvisioning platform;
    const auto engineer = platform.new_operator_certificate();
    platform.add_operator(engineer, "service");
    platform.add_operator(engineer, "service");
    const auto added =
        "SELECT count(*) FROM watchglass.audit WHERE action = 'operator.added' AND detail->>'role' = ";
    CHECK(platform.database.number(added + std::string("'service'")) == 1);
    platform.add_operator(engineer, "reader");
    CHECK(platform.database.number(added + std::string("'reader'")) == 1);
    CHECK(platform.send({.method = "POST", .target = "/v1/devices"}, engineer).status >= 400);
}

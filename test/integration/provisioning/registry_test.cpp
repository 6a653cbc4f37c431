// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <catch2/catch.hpp>

#include "schemas/values/ticket.h"
#include "test/integration/provisioning/running_provisioning.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

json::Value some_device(const std::string& serial) {
    return json::Value::object(
        {{"site", "Basel"}, {"model", "TC-9"}, {"serial", serial}, {"dictionary", "host"}});
}

constexpr const char* small_dictionary = R"(
name: "identity-test"
version: 1
description: "A dictionary for a test."
parameter { number: 1 name: "temperature" description: "Temperature of the block." unit: "Cel" type: number resolution: "0.1" data_class: machine }
)";

}  // namespace

TEST_CASE("a registered device is shown as it was registered", "[provisioning]") {
    const RunningProvisioning platform;
    const auto made = platform.post("/v1/devices", some_device("A-17"));
    INFO(made.text);
    REQUIRE(made.status == 201);
    const auto shown = platform.get("/v1/devices/" + made.body.text("device").value());
    REQUIRE(shown.status == 200);
    CHECK(shown.body.text("tenant").value() == "default");
    CHECK(shown.body.text("site").value() == "Basel");
    CHECK(shown.body.text("serial").value() == "A-17");
    CHECK(shown.body.text("state").value() == "registered");
    CHECK(shown.body.text("dictionary").value() == "host");
}

TEST_CASE("a registration can bring its ticket along, which pins the platform's root", "[provisioning]") {
    const RunningProvisioning platform;
    auto body = some_device("A-18");
    body.set("ticket", true);
    const auto made = platform.post("/v1/devices", body);
    REQUIRE(made.status == 201);
    const auto ticket = parse_ticket(made.body.text("ticket").value()).value();
    CHECK(ticket.host == "gate.example");
    CHECK(ticket.port == 8443);
    CHECK(ticket.root_pin == certs::root_pin(platform.pki.root().certificate).value());
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.tickets WHERE secret_digest = '\\x" +
                                   to_hex(ticket.secret) + "'") == 0);  // only its digest is kept
}

TEST_CASE("bad registrations are refused with the field's name", "[provisioning]") {
    const RunningProvisioning platform;
    const auto refused = [&](const char* member, json::Value value) {
        auto body = some_device("1");
        body.set(member, std::move(value));
        const auto answer = platform.post("/v1/devices", body);
        INFO(member << " " << answer.text);
        CHECK(answer.code() == "registry.bad_field");
        CHECK(answer.body.text_or("detail", "").find(member) != std::string::npos);
    };
    refused("site", "");
    refused("site", json::Value());
    refused("model", 7);
    refused("serial", "line\nbreak");
    refused("serial", std::string(201, 'x'));
    refused("dictionary", "No Name");
    auto body = some_device("1");
    body.set("tenant", "nobody");
    CHECK(platform.post("/v1/devices", body).code() == "registry.unknown_tenant");
    CHECK(platform.get("/v1/devices/not-an-id").code() == "device.malformed_id");
    CHECK(platform.get("/v1/devices/aaaaaaaaaaaaaaaaaaaaaaaaaa").code() == "registry.unknown_device");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.devices") == 0);
}

TEST_CASE("an instrument has one live registration", "[provisioning]") {
    const RunningProvisioning platform;
    const auto first = platform.register_device("A-19");
    const auto refused = platform.post("/v1/devices", some_device("A-19"));
    CHECK(refused.status == 409);
    CHECK(refused.code() == "registry.already_registered");
    CHECK(refused.body.text_or("detail", "").find(first) != std::string::npos);
    CHECK(refused.body.text_or("next_step", "").find("watchglass device ticket") != std::string::npos);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.devices") == 1);

    // Another model's number and another tenant's instrument are other instruments.
    auto other_model = some_device("A-19");
    other_model.set("model", "TC-10");
    CHECK(platform.post("/v1/devices", other_model).status == 201);
    platform.database.add_tenant(2, "other");
    auto elsewhere = some_device("A-19");
    elsewhere.set("tenant", "other");
    CHECK(platform.post("/v1/devices", elsewhere).status == 201);

    REQUIRE(platform.database.connect().run(
        "UPDATE watchglass.devices SET state = 'retired' WHERE device_id = '" + first + "'"));
    CHECK(platform.post("/v1/devices", some_device("A-19")).status == 201);
    CHECK(platform.post("/v1/devices", some_device("A-19")).code() == "registry.already_registered");
}

TEST_CASE("a dictionary that is not installed for the tenant is refused", "[provisioning]") {
    const RunningProvisioning platform;
    auto body = some_device("A-20");
    body.set("dictionary", "not-installed");
    const auto refused = platform.post("/v1/devices", body);
    CHECK(refused.status == 400);
    CHECK(refused.code() == "registry.unknown_dictionary");
    CHECK(refused.body.text_or("next_step", "").find("watchglass dictionary add") != std::string::npos);

    platform.database.add_tenant(2, "other");
    auto owner = platform.database.connect();
    REQUIRE(
        owner.run("INSERT INTO watchglass.dictionaries (tenant, name, version, digest, source) "
                  "VALUES (2, 'not-installed', 1, repeat('0', 64), '')"));
    CHECK(platform.post("/v1/devices", body).code() == "registry.unknown_dictionary");
    body.set("tenant", "other");
    CHECK(platform.post("/v1/devices", body).status == 201);
}

TEST_CASE("the same Idempotency-Key registers once, and is refused for another request", "[provisioning]") {
    const RunningProvisioning platform;
    const std::vector<std::pair<std::string, std::string>> key{{"idempotency-key", "k1"}};
    const auto first = platform.post("/v1/devices", some_device("1"), key);
    const auto again = platform.post("/v1/devices", some_device("1"), key);
    CHECK(first.status == 201);
    CHECK(again.status == 201);
    CHECK(first.body.text("device").value() == again.body.text("device").value());
    CHECK(platform.post("/v1/devices", some_device("2"), key).code() == "registry.idempotency_key_reused");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.devices") == 1);
}

TEST_CASE("a listing gives every device once, page by page", "[provisioning]") {
    const RunningProvisioning platform;
    for (int i = 0; i < 5; ++i) static_cast<void>(platform.register_device(std::to_string(i)));
    std::set<std::string> seen;
    std::string target = "/v1/devices?limit=2";
    for (int page = 0; page < 3; ++page) {
        const auto answer = platform.get(target);
        REQUIRE(answer.status == 200);
        for (const auto& item : answer.body.find("items")->items()) seen.insert(item.text("device").value());
        target = "/v1/devices?limit=2&cursor=" + answer.body.text_or("next", "");
        CHECK(answer.body.find("next")->is_null() == (page == 2));
    }
    CHECK(seen.size() == 5);
    CHECK(platform.get("/v1/devices?cursor=nonsense").code() == "registry.bad_cursor");
    CHECK(platform.get("/v1/devices?limit=0").code() == "registry.bad_field");
}

TEST_CASE("a dictionary is published once; the same version with another content is refused",
          "[provisioning]") {
    const RunningProvisioning platform;
    const auto administrator = certs::load_pair(platform.pki.first_operator()).value().certificate;
    const auto publish = [&](const std::string& text) {
        return platform.send({.method = "POST",
                              .target = "/v1/dictionaries",
                              .headers = {{"content-type", "text/plain"}},
                              .body = text},
                             administrator);
    };
    const auto first = publish(small_dictionary);
    INFO(first.text);
    CHECK(first.status == 201);
    CHECK(publish(small_dictionary).status == 200);
    std::string changed = small_dictionary;
    changed.replace(changed.find("0.1"), 3, "0.2");
    CHECK(publish(changed).status == 409);
    CHECK(publish("name: 7").code() == "dictionary.not_accepted");
    const auto listed = platform.get("/v1/dictionaries");
    bool found = false;
    for (const auto& item : listed.body.find("items")->items())
        found |= item.text_or("name", "") == "identity-test";
    CHECK(found);
}

TEST_CASE("what needs no identity is served to everybody", "[provisioning]") {
    const RunningProvisioning platform;
    const auto endpoints = platform.send({.target = "/v1/endpoints"}, std::nullopt);
    CHECK(endpoints.body.find("mqtt")->text("alpn").value() == "mqtt");
    const auto bundle = platform.send({.target = "/v1/trust-bundle"}, std::nullopt);
    CHECK(security::Certificate::from_pem(bundle.text)->fingerprint() ==
          certs::load_pair(platform.pki.root()).value().certificate.fingerprint());
    CHECK(platform.send({.target = "/v1/openapi.yaml"}, std::nullopt).text.find("openapi: 3.1.0") !=
          std::string::npos);
}

TEST_CASE("replaying what is not in quarantine is not found", "[provisioning]") {
    const RunningProvisioning platform;
    CHECK(platform.post("/v1/quarantine/12345/replay", json::Value::object()).status == 404);
    CHECK(platform.post("/v1/quarantine/x/replay", json::Value::object()).status == 404);
}

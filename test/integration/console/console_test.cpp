// SPDX-License-Identifier: Apache-2.0
#include "test/integration/console/running_console.h"

using namespace watchglass;
using console::story::device;
using console::story::RunningConsole;
using console::story::StoredReadings;

namespace {

constexpr WallTime in_2020{1'581'168'647'000'000};
constexpr std::int64_t second_us = 1'000'000;

}  // namespace

TEST_CASE("only operators are answered, each refusal with its code", "[integration][console]") {
    RunningConsole console;
    const auto refused = [&](const http::ClientResponse& response, int status, const std::string& code) {
        CHECK(response.status == status);
        CHECK(response.header("content-type") == "application/problem+json");
        CHECK(json::parse(response.body).value().text_or("code", "") == code);
    };
    refused(console.get("/api/v1/devices", ""), 401, "console.no_certificate");
    refused(console.get("/api/v1/devices", "a stranger's certificate"), 403, "console.not_an_operator");
    const std::string header =
        console::story::client_certificate_header(console::story::operator_certificate);
    refused(console.get("/api/v1/devices", "", {{"x-client-cert", header}, {"x-client-verify", "10"}}), 403,
            "console.certificate_not_valid");
    CHECK(console.get("/api/v1/devices").status == 200);
}

TEST_CASE("devices are listed page by page", "[integration][console]") {
    RunningConsole console;
    for (const char* prefix : {"alpha", "bravo", "charlie"}) console.database.add_device(device(prefix));
    const json::Value first = console.get_json("/api/v1/devices?limit=2");
    CHECK(first.find("items")->items().size() == 2);
    const json::Value rest = console.get_json("/api/v1/devices?limit=2&cursor=" +
                                              http::percent_encode(first.text("next").value()));
    REQUIRE(rest.find("items")->items().size() == 1);
    CHECK(rest.find("items")->items()[0].text("device") == device("charlie").text());
    CHECK(rest.find("next")->is_null());
    const auto alpha = console.get_json("/api/v1/devices/" + device("alpha").text());
    CHECK(alpha.text("state") == "enrolled");
    CHECK(alpha.text("tenant") == "default");
    CHECK(alpha.find("presence")->is_null());
}

TEST_CASE("a misspelled device or parameter is not an empty answer", "[integration][console]") {
    RunningConsole console;
    console.database.add_device(device("alpha"));
    const std::string base = "/api/v1/devices/" + device("alpha").text();
    const auto code = [&](const std::string& target) {
        return json::parse(console.get(target).body).value().text_or("code", "");
    };
    CHECK(code("/api/v1/devices/" + device("nobody").text()) == "console.no_such_device");
    CHECK(code("/api/v1/devices/NOT-AN-ID/latest") == "console.no_such_device");
    CHECK(code(base + "/telemetry?parameter=temprature") == "console.no_such_parameter");
    CHECK(code(base + "/telemetry") == "console.bad_query");
    CHECK(code(base + "/telemetry?parameter=temperature&since=yesterday") == "console.bad_query");
    CHECK(code(base + "/telemetry?parameter=temperature&limit=0") == "console.bad_query");
}

TEST_CASE("telemetry comes exact and in order, as JSON and as CSV", "[integration][console]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings stored{console.database};
    const std::vector<double> values{90.6454, 90.7978, -0.0001};
    for (std::size_t i = 0; i < values.size(); ++i) {
        stored.temperature(key, values[i], in_2020 + Microseconds{static_cast<std::int64_t>(i) * second_us});
    }
    const std::string target =
        "/api/v1/devices/" + device("pump").text() +
        "/telemetry?parameter=temperature&since=2020-01-01T00:00:00Z&until=2021-01-01T00:00:00Z";
    const json::Value body = console.get_json(target);
    const auto& items = body.find("items")->items();
    REQUIRE(items.size() == 3);
    CHECK(items[0].text("t") == "2020-02-08T13:30:47.000000Z");
    for (std::size_t i = 0; i < values.size(); ++i) CHECK(items[i].number("value") == values[i]);

    const json::Value first = console.get_json(target + "&limit=2");
    const json::Value rest =
        console.get_json(target + "&cursor=" + http::percent_encode(first.text("next").value()));
    CHECK(rest.find("items")->items().size() == 1);

    const auto csv = console.get(target, console::story::operator_certificate, {{"accept", "text/csv"}});
    CHECK(csv.body.starts_with(
        "t,value,clock_quality,device_t\r\n2020-02-08T13:30:47.000000Z,90.6454,synchronized,"));
}

TEST_CASE("changed, confirmed and silent are told apart", "[integration][console]") {
    RunningConsole console;
    StoredReadings stored{console.database};
    const WallTime now = SystemClock{}.wall();
    const auto changed = console.database.add_device(device("changed"));
    const auto confirmed = console.database.add_device(device("confirmed"));
    const auto silent = console.database.add_device(device("silent"));
    stored.temperature(changed, 20, now);
    stored.temperature(confirmed, 20, now + Microseconds{-5 * second_us});
    stored.confirmed(confirmed, now);
    stored.temperature(silent, 20, now + Microseconds{-400 * 86'400 * second_us});
    for (const char* freshness : {"changed", "confirmed", "silent"}) {
        const json::Value latest =
            console.get_json("/api/v1/devices/" + device(freshness).text() + "/latest");
        const auto& items = latest.find("items")->items();
        REQUIRE(items.size() == 1);
        CHECK(items[0].text("freshness") == std::string(freshness));
        CHECK(items[0].text("unit") == std::string("Cel"));
        CHECK(items[0].text("symbol") == std::string("°C"));
        CHECK(items[0].number("value") == 20.0);
        CHECK(items[0].number("confirmed_age_s").value() <= items[0].number("changed_age_s").value());
    }
}

TEST_CASE("quarantine shows bytes, reason and what to do", "[integration][console]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings{console.database}.quarantined(key, "frame.unknown_dictionary", {1, 2, 3});
    const json::Value list = console.get_json("/api/v1/quarantine?device=" + device("pump").text());
    REQUIRE(list.find("items")->items().size() == 1);
    const std::int64_t id = list.find("items")->items()[0].integer("id").value();
    const json::Value item = console.get_json("/api/v1/quarantine/" + std::to_string(id));
    CHECK(item.text("bytes") == "AQID");
    CHECK(item.text("code") == "frame.unknown_dictionary");
    CHECK(item.text("reason") == "The frame's dictionary is not installed on this platform.");
    CHECK_FALSE(item.text("next_step").value().empty());
    CHECK(console.get("/api/v1/quarantine/999999").status == 404);
}

TEST_CASE("an operator of one tenant sees nothing of another", "[integration][console]") {
    RunningConsole console;
    console.database.add_tenant(2, "other");
    const auto theirs = console.database.add_device(device("theirs"), 2);
    console.database.add_device(device("ours"), 1);
    StoredReadings stored{console.database};
    stored.temperature(theirs, 20, SystemClock{}.wall());
    stored.quarantined(theirs, "frame.malformed", {1});
    const std::string guest = "the guest's certificate";
    console.add_operator(guest, TenantNumber{1});

    const json::Value list = json::parse(console.get("/api/v1/devices", guest).body).value();
    REQUIRE(list.find("items")->items().size() == 1);
    CHECK(list.find("items")->items()[0].text("device") == device("ours").text());
    const std::string base = "/api/v1/devices/" + device("theirs").text();
    for (const std::string& target : {base, base + "/latest", base + "/telemetry?parameter=temperature",
                                      "/api/v1/tail?device=" + device("theirs").text()}) {
        CHECK(console.get(target, guest).status == 404);
    }
    CHECK(json::parse(console.get("/api/v1/quarantine", guest).body).value().find("items")->items().empty());
}

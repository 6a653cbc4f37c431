// SPDX-License-Identifier: Apache-2.0
#include "test/integration/console/running_console.h"

using namespace watchglass;
using console::story::device;
using console::story::RunningConsole;
using console::story::StoredReadings;

namespace {

constexpr Microseconds minute{60'000'000};
constexpr Microseconds day{86'400'000'000};

WallTime ago(Microseconds age) { return SystemClock{}.wall() + Microseconds{-age.count()}; }

std::string base(const std::string& name) { return "/api/v1/devices/" + device(name).text(); }

/// What all pages of a collection hold in `member`, in order.
std::vector<std::string> each(RunningConsole& console, const std::string& target, const std::string& member) {
    std::vector<std::string> found;
    std::string cursor;
    do {
        const char joint = target.find('?') == std::string::npos ? '?' : '&';
        const auto page = console.get_json(
            cursor.empty() ? target : target + joint + "cursor=" + http::percent_encode(cursor));
        for (const auto& item : page.find("items")->items()) found.push_back(item.text_or(member, ""));
        cursor = page.text_or("next", "");
    } while (!cursor.empty());
    return found;
}

}  // namespace

TEST_CASE("events come newest first, by time, by severity, page by page", "[integration][console]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings stored{console.database};
    stored.event(key, EventKind::raised, Severity::warning, "limit.temperature", ago(50 * minute));
    stored.event(key, EventKind::changed, Severity::alarm, "limit.temperature", ago(40 * minute));
    stored.event(key, EventKind::state, Severity::info, "wg.started", ago(30 * minute));
    stored.event(key, EventKind::raised, Severity::alarm, "old", ago(2 * day));
    const WallTime together = ago(20 * minute);
    for (const char* name : {"a", "b", "c", "d", "e"})
        stored.event(key, EventKind::raised, Severity::info, name, together);

    CHECK(each(console, base("pump") + "/events", "name") ==
          std::vector<std::string>{"e", "d", "c", "b", "a", "wg.started", "limit.temperature",
                                   "limit.temperature"});
    for (const char* limit : {"1", "2", "3", "7", "8"}) {
        INFO(limit);
        CHECK(each(console, base("pump") + "/events?since=7d&limit=" + limit, "name").size() == 9);
    }
    CHECK(each(console, base("pump") + "/events?severity=warning", "severity") ==
          std::vector<std::string>{"alarm", "warning"});
    CHECK(each(console, base("pump") + "/events?since=7d&until=1d", "name") ==
          std::vector<std::string>{"old"});

    const auto event = console.get_json(base("pump") + "/events?severity=alarm").find("items")->items()[0];
    CHECK(event.text("kind") == "changed");
    CHECK(event.text("parameter") == "temperature");
    CHECK(event.number("value") == 96.5);
    CHECK(event.text("symbol") == "°C");
    CHECK(console.get(base("pump") + "/events?severity=loud").status == 400);
    CHECK(console.get(base("pump") + "/events?cursor=x").status == 400);
    CHECK(console.get(base("nobody") + "/events").status == 404);
}

TEST_CASE("what was lost and what may be stored twice stand in one list", "[integration][console]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings stored{console.database};
    stored.gap(key, 3, GapCause::journal_full, ago(3 * day));
    stored.possible_repeat(key, 4, ago(2 * day));
    stored.gap(key, 5, GapCause::transferred, ago(minute));

    CHECK(each(console, base("pump") + "/gaps?limit=1", "what") ==
          std::vector<std::string>{"gap", "possible_repeat", "gap"});
    CHECK(each(console, base("pump") + "/gaps", "cause") ==
          std::vector<std::string>{"transferred", "", "journal_full"});
    CHECK(each(console, base("pump") + "/gaps?since=60h&until=1d", "what") ==
          std::vector<std::string>{"possible_repeat"});
    const auto gap = console.get_json(base("pump") + "/gaps?until=60h").find("items")->items()[0];
    CHECK(gap.integer("frames") == 3);
    CHECK(gap.find("changes_lost")->is_null());
}

TEST_CASE("health tells who is well, and who is in trouble and why", "[integration][console]") {
    RunningConsole console;
    const auto well = console.database.add_device(device("well"));
    const auto alarmed = console.database.add_device(device("alarmed"));
    console.database.add_device(device("never"));
    StoredReadings stored{console.database};
    stored.temperature(well, 20, ago(minute));
    stored.gap(well, 9, GapCause::journal_full, ago(3 * day));
    stored.event(well, EventKind::raised, Severity::alarm, "limit.temperature", ago(3 * minute));
    stored.event(well, EventKind::cleared, Severity::alarm, "limit.temperature", ago(2 * minute));
    stored.temperature(alarmed, 96.5, ago(minute));
    stored.event(alarmed, EventKind::raised, Severity::warning, "limit.temperature", ago(3 * minute));
    stored.event(alarmed, EventKind::changed, Severity::alarm, "limit.temperature", ago(2 * minute));

    const auto health = console.get_json(base("well") + "/health");
    CHECK(health.text("staleness") == "live");
    CHECK(health.integer("active_alarms") == 0);
    CHECK(health.integer("parameters") == 1);
    CHECK(health.integer("parameters_silent") == 0);
    CHECK(health.integer("frames_lost") == 9);
    CHECK(health.integer("frames_lost_last_day") == 0);
    CHECK(health.find("presence")->is_null());
    CHECK(health.find("clock")->is_null());

    const auto trouble = console.get_json(base("alarmed") + "/health");
    CHECK(trouble.text("worst_severity") == "alarm");
    REQUIRE(trouble.find("alarms")->items().size() == 1);
    const auto& alarm = trouble.find("alarms")->items()[0];
    CHECK(alarm.text("name") == "limit.temperature");
    CHECK(alarm.number("raised_age_s").value() > 150);  // since it was raised, not since it got worse
    CHECK(alarm.text("text") == "temperature is 96.5");

    CHECK(each(console, "/api/v1/health?limit=1", "device") ==
          std::vector<std::string>{device("alarmed").text(), device("never").text(), device("well").text()});
    CHECK(each(console, "/api/v1/health?trouble=true", "device") ==
          std::vector<std::string>{device("alarmed").text(), device("never").text()});
    CHECK(console.get("/api/v1/health?trouble=perhaps").status == 400);
    CHECK(console.get(base("nobody") + "/health").status == 404);
}

TEST_CASE("an operator of one tenant sees no health, events or gaps of another", "[integration][console]") {
    RunningConsole console;
    console.database.add_tenant(2, "other");
    const auto theirs = console.database.add_device(device("theirs"), 2);
    console.database.add_device(device("ours"), 1);
    StoredReadings stored{console.database};
    stored.event(theirs, EventKind::raised, Severity::alarm, "x", ago(minute));
    const std::string guest = "the guest's certificate";
    console.add_operator(guest, TenantNumber{1});
    for (const char* what : {"/health", "/events", "/gaps"})
        CHECK(console.get(base("theirs") + what, guest).status == 404);
    const auto seen = json::parse(console.get("/api/v1/health", guest).body).value();
    REQUIRE(seen.find("items")->items().size() == 1);
    CHECK(seen.find("items")->items()[0].text("device") == device("ours").text());
}

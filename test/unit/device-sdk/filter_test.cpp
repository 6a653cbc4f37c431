// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <catch2/catch.hpp>

#include "device-sdk/src/filter/change_filter.h"
#include "schemas/codec/codes.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;

namespace {

Dictionary bench() {
    Dictionary dictionary;
    dictionary.name = "bench";
    ParameterDefinition temperature;
    temperature.number = ParameterNumber{1};
    temperature.name = "temperature";
    temperature.unit = "Cel";
    temperature.resolution = Resolution{1, 2};
    temperature.deadband = 0.5;
    temperature.max_interval = 60s;
    temperature.limits = {.warning_low = 5, .warning_high = 90, .alarm_low = {}, .alarm_high = 100};
    ParameterDefinition pressure;
    pressure.number = ParameterNumber{2};
    pressure.name = "pressure";
    pressure.min_interval = 10s;
    ParameterDefinition mode;
    mode.number = ParameterNumber{3};
    mode.name = "mode";
    mode.type = ParameterType::enumeration;
    mode.labels = {"idle", "run"};
    ParameterDefinition note;
    note.number = ParameterNumber{4};
    note.name = "note";
    note.type = ParameterType::text;
    dictionary.parameters = {temperature, pressure, mode, note};
    dictionary.alarms = {{1, "lid_open", "The lid is open."}};
    return dictionary;
}

struct Bench {
    Dictionary dictionary = bench();
    ChangeFilter filter{dictionary};
    SteadyTime now{1'000'000};
    WallTime wall{1'700'000'000'000'000};

    Reported set(std::uint32_t parameter, Value value) {
        Reported out;
        REQUIRE(filter.offer(ParameterNumber{parameter}, value, {wall, now, false}, out));
        return out;
    }
    Reported replay(std::uint32_t parameter, double value, Microseconds at) {
        Reported out;
        REQUIRE(filter.offer(ParameterNumber{parameter}, value, {wall + at, now, true}, out));
        return out;
    }
    void pass(Microseconds by) {
        now = now + by;
        wall = wall + by;
    }
    Code refused(std::uint32_t parameter, Value value) {
        Reported out;
        const auto offered = filter.offer(ParameterNumber{parameter}, value, {wall, now, false}, out);
        REQUIRE_FALSE(offered);
        CHECK(out.empty());
        return offered.error().code;
    }
};

}  // namespace

TEST_CASE("a value that stays in its deadband is not reported, one that leaves it is",
          "[device-sdk][filter]") {
    Bench bench;
    CHECK(bench.set(1, 20.0).changes.size() == 1);
    CHECK(bench.set(1, 20.5).empty());
    CHECK(bench.set(1, 19.5).empty());
    const auto left = bench.set(1, 20.6);
    REQUIRE(left.changes.size() == 1);
    CHECK(left.changes[0].value == Value{20.6});
    CHECK(bench.set(1, 20.2).empty());
}

TEST_CASE("without a deadband every different value is a change", "[device-sdk][filter]") {
    Bench bench;
    CHECK(bench.set(3, 0.0).changes.size() == 1);
    CHECK(bench.set(3, 0.0).empty());
    CHECK(bench.set(3, 1.0).changes.size() == 1);
    CHECK(bench.set(4, "a").changes.size() == 1);
    CHECK(bench.set(4, "a").empty());
}

TEST_CASE("an unchanged value that is still read is confirmed, one that is not read is silent",
          "[device-sdk][filter]") {
    Bench bench;
    bench.set(1, 20.0);
    bench.pass(59s);
    CHECK(bench.set(1, 20.1).empty());
    bench.pass(1s);
    const auto told = bench.set(1, 20.1);
    CHECK(told.changes.empty());
    CHECK(told.confirmations.size() == 1);
    bench.pass(10min);
    Reported silent;
    bench.filter.tick(bench.now, silent);
    CHECK(silent.empty());
}

TEST_CASE("within the least interval the newest change waits, and is not lost", "[device-sdk][filter]") {
    Bench bench;
    bench.set(2, 1.0);
    bench.pass(1s);
    CHECK(bench.set(2, 2.0).empty());
    CHECK(bench.set(2, 3.0).empty());
    REQUIRE(bench.filter.next_tick());
    CHECK(*bench.filter.next_tick() == SteadyTime{1'000'000} + Microseconds{10s});
    bench.pass(9s);
    Reported out;
    bench.filter.tick(bench.now, out);
    REQUIRE(out.changes.size() == 1);
    CHECK(out.changes[0].value == Value{3.0});
    CHECK_FALSE(bench.filter.next_tick());
}

TEST_CASE("a jump of the wall clock changes nothing about a live reading, a replay lives by its own time",
          "[device-sdk][filter]") {
    Bench bench;
    bench.set(2, 1.0);
    bench.wall = WallTime{0};
    CHECK(bench.set(2, 2.0).empty());
    Bench replay;
    CHECK(replay.replay(2, 1.0, 0s).changes.size() == 1);
    CHECK(replay.replay(2, 2.0, 11s).changes.size() == 1);
    CHECK(replay.replay(2, 3.0, 12s).empty());
    CHECK(replay.replay(2, 4.0, -1h).changes.size() == 1);
}

TEST_CASE("limits raise, change and clear with the deadband as hysteresis", "[device-sdk][filter]") {
    Bench bench;
    bench.set(1, 89.0);
    const auto raised = bench.set(1, 90.1).events;
    REQUIRE(raised.size() == 1);
    CHECK(raised[0].kind == EventKind::raised);
    CHECK(raised[0].severity == Severity::warning);
    CHECK(raised[0].name == "limit.temperature");
    CHECK(bench.set(1, 89.8).events.empty());
    const auto worse = bench.set(1, 101.0).events;
    REQUIRE(worse.size() == 1);
    CHECK(worse[0].kind == EventKind::changed);
    CHECK(worse[0].severity == Severity::alarm);
    CHECK(bench.set(1, 99.6).events.empty());
    CHECK(bench.set(1, 95.0).events.at(0).severity == Severity::warning);
    CHECK(bench.set(1, 89.5).events.at(0).kind == EventKind::cleared);
    CHECK(bench.set(1, 4.0).events.at(0).text == "temperature is 4 Cel, below its warning limit of 5 Cel.");
}

TEST_CASE("what could not be said on the wire is refused before anything is recorded",
          "[device-sdk][filter]") {
    namespace wire = codec::codes;
    Bench bench;
    CHECK(bench.refused(9, 1.0) == wire::unknown_parameter);
    CHECK(bench.refused(1, std::numeric_limits<double>::quiet_NaN()) == wire::not_finite);
    CHECK(bench.refused(1, std::numeric_limits<double>::infinity()) == wire::not_finite);
    CHECK(bench.refused(1, "warm") == wire::wrong_type);
    CHECK(bench.refused(3, 2.0) == wire::wrong_type);
    CHECK(bench.refused(3, 0.5) == wire::wrong_type);
    CHECK(bench.refused(4, "\xff") == wire::not_utf8);
    CHECK(bench.refused(4, std::string(5000, 'a')) == wire::text_too_long);
}

TEST_CASE("an alarm is raised once, changed when its text is, and cleared once", "[device-sdk][filter]") {
    Bench bench;
    Reported out;
    REQUIRE(bench.filter.raise("lid_open", Severity::alarm, "Open.", bench.wall, out));
    REQUIRE(bench.filter.raise("lid_open", Severity::alarm, "Open.", bench.wall, out));
    REQUIRE(bench.filter.raise("lid_open", Severity::alarm, "Still open.", bench.wall, out));
    REQUIRE(bench.filter.clear("lid_open", "", bench.wall, out));
    REQUIRE(bench.filter.clear("lid_open", "", bench.wall, out));
    REQUIRE(out.events.size() == 3);
    CHECK(out.events[0].kind == EventKind::raised);
    CHECK(out.events[1].kind == EventKind::changed);
    CHECK(out.events[2].kind == EventKind::cleared);
    CHECK_FALSE(bench.filter.raise("unheard_of", Severity::alarm, "", bench.wall, out));
}

TEST_CASE("a snapshot tells every value as of now, and nothing of it is told again", "[device-sdk][filter]") {
    Bench bench;
    bench.set(1, 20.0);
    bench.set(2, 1.0);
    bench.pass(1s);
    CHECK(bench.set(2, 2.0).empty());
    bench.pass(1s);
    const auto values = bench.filter.snapshot(bench.wall, bench.now);
    REQUIRE(values.size() == 2);
    CHECK(values[0].at == bench.wall);
    CHECK(values[1].at == bench.wall);
    CHECK(values[1].value == Value{2.0});
    CHECK_FALSE(bench.filter.next_tick());
    Reported later;
    bench.filter.tick(bench.now + Microseconds{60s}, later);
    bench.filter.release_held(later);
    CHECK(later.empty());
    CHECK(bench.set(2, 2.0).empty());
}

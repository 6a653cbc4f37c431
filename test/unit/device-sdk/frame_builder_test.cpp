// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/frame/frame_builder.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;

namespace {

struct Bench {
    Dictionary dictionary{.name = "bench", .version = 3, .description = {}, .parameters = {}, .alarms = {}};
    FrameBuilder builder{dictionary, TelemetryPolicy{}, BootId{7}};
    Stamp stamp{SteadyTime{5'000'000}, WallTime{1'000'000}, ClockQuality::set};
    FrameBuilder::Frames done;

    void change(Microseconds at, Value value = 1.0) {
        Reported reported;
        reported.changes.push_back({ParameterNumber{1}, WallTime{} + at, std::move(value)});
        builder.add(std::move(reported), stamp, done);
    }
};

}  // namespace

TEST_CASE("a change waits for company until the flush interval is over", "[device-sdk][frame]") {
    Bench bench;
    bench.change(0s);
    REQUIRE(bench.builder.due());
    CHECK(*bench.builder.due() == bench.stamp.now + Microseconds{1s});
    bench.builder.flush_if_due(bench.stamp, bench.done);
    CHECK(bench.done.telemetry.empty());
    bench.stamp.now = bench.stamp.now + Microseconds{1s};
    bench.builder.flush_if_due(bench.stamp, bench.done);
    REQUIRE(bench.done.telemetry.size() == 1);
    const Body& body = bench.done.telemetry[0];
    CHECK(body.dictionary == "bench");
    CHECK(body.dictionary_version == 3);
    CHECK(body.boot == BootId{7});
    CHECK(body.monotonic == Microseconds{6s});
    CHECK(body.clock_quality == ClockQuality::set);
    CHECK_FALSE(bench.builder.due());
}

TEST_CASE("120 changes, 2 KB or 15 minutes make a frame at once", "[device-sdk][frame]") {
    Bench bench;
    SECTION("changes") {
        for (int i = 0; i < 250; ++i) bench.change(0s);
        REQUIRE(bench.done.telemetry.size() == 2);
        CHECK(bench.done.telemetry[0].changes.size() == 120);
    }
    SECTION("bytes") {
        for (int i = 0; i < 5; ++i) bench.change(0s, std::string(500, 'x'));
        REQUIRE(bench.done.telemetry.size() == 1);
        CHECK(bench.done.telemetry[0].changes.size() == 4);
    }
    SECTION("time, in either direction") {
        bench.change(0s);
        bench.change(15min);
        CHECK(bench.done.telemetry.empty());
        bench.change(-1s);
        REQUIRE(bench.done.telemetry.size() == 1);
        CHECK(bench.done.telemetry[0].changes.size() == 2);
    }
}

TEST_CASE("events make a frame of their own at once and do not close the open one", "[device-sdk][frame]") {
    Bench bench;
    bench.change(0s);
    Reported reported;
    for (int i = 0; i < 40; ++i) reported.events.push_back(Event{});
    bench.builder.add(std::move(reported), bench.stamp, bench.done);
    REQUIRE(bench.done.events.size() == 2);
    CHECK(bench.done.events[0].events.size() == 32);
    CHECK(bench.done.telemetry.empty());
}

TEST_CASE("a snapshot is marked in every one of its frames", "[device-sdk][frame]") {
    Bench bench;
    std::vector<Change> values;
    for (std::uint32_t i = 1; i <= 130; ++i) values.push_back({ParameterNumber{i}, WallTime{}, 1.0});
    bench.builder.add_snapshot(values, bench.stamp, bench.done);
    REQUIRE(bench.done.telemetry.size() == 2);
    CHECK(bench.done.telemetry[0].snapshot);
    CHECK(bench.done.telemetry[1].snapshot);
    bench.change(0s);
    bench.builder.flush(bench.stamp, bench.done);
    CHECK_FALSE(bench.done.telemetry[2].snapshot);
}

// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/recorder.h"

#include <catch2/catch.hpp>

#include "test/unit/device-sdk/manual_platform.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;
using watchglass::device::test::ManualPlatform;

namespace {

Dictionary bench() {
    Dictionary dictionary;
    dictionary.name = "bench";
    ParameterDefinition temperature;
    temperature.number = ParameterNumber{1};
    temperature.name = "temperature";
    ParameterDefinition pressure;
    pressure.number = ParameterNumber{2};
    pressure.name = "pressure";
    pressure.min_interval = 10s;
    dictionary.parameters = {temperature, pressure};
    return dictionary;
}

struct Bench {
    Dictionary dictionary = bench();
    ManualPlatform platform;
    TelemetryPolicy policy{.flush_interval = 15min};
    Recorder recorder{dictionary, policy, BootId{1}, platform, [] {}};

    void set(std::uint32_t parameter, double value) {
        REQUIRE(recorder.set(ParameterNumber{parameter}, value, std::nullopt));
    }
    void step(Microseconds by) { platform.time.set_wall(platform.time.wall() + by); }
};

Microseconds offset(const Body& body) { return body.wall - WallTime{} - body.monotonic; }

}  // namespace

TEST_CASE("readings from before a clock was set keep the clock and the quality they were read by",
          "[device-sdk][recorder]") {
    Bench bench;
    bench.platform.quality = ClockQuality::unknown;
    const Microseconds before =
        bench.platform.time.wall() - WallTime{} - (bench.platform.time.steady() - SteadyTime{});
    bench.set(1, 1.0);
    bench.set(2, 1.0);
    bench.platform.time.advance(1s);
    bench.set(2, 2.0);  // held back
    bench.platform.time.advance(1s);
    bench.step(72h);
    bench.platform.quality = ClockQuality::synchronized;
    SECTION("and the next reading comes after") { bench.set(1, 3.0); }
    SECTION("and nothing is read before the flush") {}
    const auto batch = bench.recorder.take(true);
    REQUIRE(!batch.frames.telemetry.empty());
    const Body& old = batch.frames.telemetry.front();
    CHECK(offset(old) == before);
    CHECK(old.clock_quality == ClockQuality::unknown);
    REQUIRE(old.changes.size() == 3);
    CHECK(old.changes.back().value == Value{2.0});
    if (batch.frames.telemetry.size() == 2) {
        const Body& fresh = batch.frames.telemetry.back();
        CHECK(offset(fresh) == before + Microseconds{72h});
        CHECK(fresh.clock_quality == ClockQuality::synchronized);
        CHECK(fresh.changes.size() == 1);
    }
}

TEST_CASE("a clock that is only being slewed does not cut frames", "[device-sdk][recorder]") {
    Bench bench;
    bench.set(1, 1.0);
    bench.step(300ms);
    bench.set(1, 2.0);
    CHECK(bench.recorder.take(true).frames.telemetry.size() == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/timekeeper.h"

#include <limits>

#include <catch2/catch.hpp>

#include "test/unit/ingest/frames.h"

using namespace watchglass;
using namespace watchglass::ingest;
using example::now;
using example::second_us;

namespace {

const DeviceKey owner{TenantNumber{1}, DeviceNumber{1}};

/// What a device whose clock is off by `error` observed at `at`, by its clock.
ReadableBody made(ClockQuality quality, Microseconds error, WallTime at) {
    ReadableBody readable = example::body(at);
    readable.boot = BootId{5};
    readable.monotonic = Microseconds{1'000 * second_us};
    readable.wall = now + error;
    readable.clock_quality = quality;
    return readable;
}

/// A Hello of the same boot, 10 s before now.
Hello hello() {
    Hello h;
    h.boot = BootId{5};
    h.monotonic = Microseconds{990 * second_us};
    return h;
}

struct Corrected {
    WallTime t;
    bool replaced = false;
    friend bool operator==(const Corrected&, const Corrected&) = default;
};

Corrected corrected(const Timekeeper& time, ReadableBody readable) {
    time.correct(owner, example::ten_years, now, readable);
    return {readable.t, readable.time_replaced};
}

}  // namespace

TEST_CASE("old observations of an instrument with a right clock keep their times exactly", "[ingest][time]") {
    const WallTime in_2020{1'581'168'647'000'000};
    Timekeeper time;
    SECTION("synchronized, no anchor") {
        CHECK(corrected(time, made(ClockQuality::synchronized, Microseconds{0}, in_2020)) ==
              Corrected{in_2020, false});
    }
    SECTION("set by hand, with an anchor that only knows the network's delay") {
        time.learn(owner, hello(), now + Microseconds{-10 * second_us + 40'000});
        CHECK(corrected(time, made(ClockQuality::set, Microseconds{0}, in_2020)) ==
              Corrected{in_2020, false});
    }
    SECTION("nothing known about the clock but that it is right") {
        time.learn(owner, hello(), now + Microseconds{-10 * second_us});
        CHECK(corrected(time, made(ClockQuality::unknown, Microseconds{0}, in_2020)) ==
              Corrected{in_2020, false});
    }
}

TEST_CASE("a clock at 1970 or 2106 is corrected by the anchor of its boot", "[ingest][time]") {
    const Microseconds error =
        GENERATE(Microseconds{-1'789'999'000'000'000}, Microseconds{2'500'000'000'000'000});
    Timekeeper time;
    time.learn(owner, hello(), now + Microseconds{-10 * second_us});
    const WallTime three_seconds_ago_by_device = now + error + Microseconds{-3 * second_us};
    CHECK(corrected(time, made(ClockQuality::floor, error, three_seconds_ago_by_device)) ==
          Corrected{now + Microseconds{-3 * second_us}, false});
}

TEST_CASE("without an anchor a clock nobody set gives way to the time of receipt", "[ingest][time]") {
    Timekeeper time;
    CHECK(corrected(time, made(ClockQuality::floor, Microseconds{0}, now)) == Corrected{now, true});
    CHECK(corrected(time, made(ClockQuality::set, Microseconds{0}, now + Microseconds{-5})) ==
          Corrected{now + Microseconds{-5}, false});
}

TEST_CASE("what falls outside retention or the near future gets the time of receipt", "[ingest][time]") {
    Timekeeper time;
    const std::int64_t far =
        GENERATE(std::int64_t{0}, std::int64_t{4'300'000'000'000'000},
                 std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max());
    CHECK(corrected(time, made(ClockQuality::synchronized, Microseconds{0}, WallTime{far})) ==
          Corrected{now, true});
    time.learn(owner, hello(), now);
    ReadableBody absurd = made(ClockQuality::floor, Microseconds{0}, WallTime{far});
    absurd.wall = WallTime{far};
    CHECK_NOTHROW(corrected(time, absurd));
}

TEST_CASE("a late Hello does not worsen the anchor", "[ingest][time]") {
    Timekeeper time;
    time.learn(owner, hello(), now);
    time.learn(owner, hello(), now + Microseconds{7 * second_us});
    CHECK(time.anchor(owner, BootId{5})->offset == Microseconds{now.us - 990 * second_us});
    SECTION("unless the anchor is old: crystals drift") {
        Hello later = hello();
        later.monotonic += Timekeeper::anchor_life + Microseconds{second_us};
        const WallTime received = now + Timekeeper::anchor_life + Microseconds{2 * second_us};
        time.learn(owner, later, received);
        CHECK(time.anchor(owner, BootId{5})->learned == received);
    }
}

TEST_CASE("anchors of the last boots are kept, older ones make room", "[ingest][time]") {
    Timekeeper time;
    for (std::uint64_t boot = 1; boot <= 5; ++boot) {
        Hello h = hello();
        h.boot = BootId{boot};
        time.learn(owner, h, now);
    }
    CHECK_FALSE(time.anchor(owner, BootId{1}));
    CHECK(time.anchor(owner, BootId{2}));
    CHECK(time.anchor(owner, BootId{5}));
}

TEST_CASE("a frame whose time is replaced ends at the time of receipt and keeps its distances",
          "[ingest][time]") {
    Timekeeper time;
    ReadableBody readable = made(ClockQuality::floor, Microseconds{0}, WallTime{0});
    readable.parameters = {1, 1};
    readable.offsets_us = {0, 4'000'000};
    readable.numbers = {1, 2};
    Event event;
    event.at = WallTime{0};
    readable.events = {event};
    time.correct(owner, example::ten_years, now, readable);
    CHECK(readable.t == now + Microseconds{-4'000'000});
    CHECK(readable.base == WallTime{0});
    CHECK(readable.event_times == std::vector<WallTime>{now});
}

// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <catch2/catch.hpp>

#include "device-sdk/src/publish/backlog_age.h"
#include "device-sdk/src/publish/backlog_window.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;
using watchglass::test::ManualClock;
using watchglass::test::SeededRng;

namespace {

/// A window on a way that takes every frame `trip`.
struct Way {
    void go(Microseconds trip, int frames) {
        for (int i = 0; i < frames; ++i) {
            const SteadyTime sent = clock.steady();
            clock.advance(trip);
            window.stored(sent, clock.steady());
        }
    }
    SeededRng rng{5};
    ManualClock clock;
    BacklogWindow window{rng};
};

}  // namespace

TEST_CASE("a backlog takes more while nobody waits, and gives way when somebody would",
          "[device-sdk][backlog]") {
    Way way;
    const std::size_t first = way.window.frames();
    CHECK(first >= 4);
    CHECK(first <= 16);
    way.go(20ms, 40);
    CHECK(way.window.frames() == BacklogWindow::most);
    way.go(500ms, 2);
    CHECK(way.window.frames() == BacklogWindow::most / 4);
    way.go(500ms, 20);
    CHECK(way.window.frames() == BacklogWindow::least);
    way.go(20ms, 3);
    CHECK(way.window.frames() > BacklogWindow::least);
}

TEST_CASE("where one frame at a time is too much the backlog rests, and goes on afterwards",
          "[device-sdk][backlog]") {
    Way way;
    way.go(1s, 30);
    REQUIRE(way.window.rest_until());
    CHECK_FALSE(way.window.open(0));
    way.window.look(way.clock.steady());
    CHECK_FALSE(way.window.open(0));
    way.clock.advance(2s);
    way.window.look(way.clock.steady());
    CHECK(way.window.open(0));
    CHECK_FALSE(way.window.open(1));
}

TEST_CASE("frames that were sent before an adjustment say nothing about it", "[device-sdk][backlog]") {
    Way way;
    way.go(20ms, 40);
    const SteadyTime sent = way.clock.steady();
    way.clock.advance(500ms);
    for (int i = 0; i < 50; ++i) way.window.stored(sent, way.clock.steady());
    CHECK(way.window.frames() == BacklogWindow::most / 2);
}

TEST_CASE("a fleet does not move in step", "[device-sdk][backlog]") {
    SeededRng rng{9};
    std::set<std::size_t> first;
    for (int i = 0; i < 50; ++i) first.insert(BacklogWindow{rng}.frames());
    CHECK(first.size() >= 8);
}

TEST_CASE("the age of a backlog is that of its oldest place, to within five seconds",
          "[device-sdk][backlog]") {
    ManualClock clock;
    BacklogAge age;
    const StreamId stream{Lane::telemetry, Epoch{1}};
    const auto look = [&](std::uint64_t stored, std::uint64_t synced) {
        age.look(stream, StreamSeq{stored}, StreamSeq{synced}, clock.steady());
    };
    look(0, 0);
    CHECK_FALSE(age.oldest());
    const SteadyTime begun = clock.steady();
    for (std::uint64_t synced = 1; synced <= 600; ++synced) {
        look(0, synced);
        clock.advance(1s);
    }
    REQUIRE(age.oldest());
    CHECK(*age.oldest() == begun);
    look(300, 600);
    CHECK(*age.oldest() - begun > 290s);
    CHECK(*age.oldest() - begun <= 300s);
    look(600, 600);
    CHECK_FALSE(age.oldest());
}

TEST_CASE("what an earlier run left has waited for ever", "[device-sdk][backlog]") {
    ManualClock clock;
    BacklogAge age;
    age.look({Lane::telemetry, Epoch{1}}, StreamSeq{2}, StreamSeq{9}, clock.steady());
    REQUIRE(age.oldest());
    CHECK(clock.steady() - *age.oldest() > std::chrono::hours{24 * 365});
}

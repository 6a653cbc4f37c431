// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/unit/device-sdk/cloud_model.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;
using namespace std::chrono_literals;

TEST_CASE("a platform restored from a backup is asked about every kept epoch, and refilled",
          "[device-sdk][fork]") {
    Cloud cloud;
    Instrument instrument{1};
    instrument.record(1, 10);
    instrument.talk(cloud);
    const Cloud backup = cloud;
    instrument.record(11, 20);
    instrument.talk(cloud);
    instrument.telemetry->start_epoch();
    instrument.record(21, 30);
    instrument.talk(cloud);
    CHECK(cloud.bytes() == numbers(1, 30));

    cloud = backup;
    cloud.history = 2;
    SECTION("while it runs") {}
    SECTION("after it was started again") { instrument.boot(); }
    instrument.talk(cloud);
    CHECK(cloud.bytes() == numbers(1, 30));
    CHECK(instrument.publisher->drained());
    CHECK(instrument.forks.empty());
}

TEST_CASE("what waited for more than a minute gets an epoch of its own, and live readings go first",
          "[device-sdk][fork]") {
    Cloud cloud;
    Instrument instrument{1};
    for (int i = 0; i < 40; ++i) {
        instrument.record(1, 100);
        (void)instrument.publisher->next(instrument.clock.steady());
        instrument.clock.advance(10s);
    }
    const StreamId old = instrument.telemetry->live();
    instrument.publisher->connected(instrument.clock.steady());
    REQUIRE(instrument.publisher->next(instrument.clock.steady()));
    Stored answer;
    answer.history = 1;
    for (const HelloStream& told : instrument.publisher->hello()) answer.streams.push_back(cloud.greet(told));
    instrument.publisher->stored(answer, instrument.clock.steady());
    CHECK(instrument.publisher->counts().seals == 1);
    REQUIRE(instrument.telemetry->live() != old);

    instrument.record(200, 200);
    const auto first = instrument.publisher->next(instrument.clock.steady());
    CHECK(std::get<Envelope>(*first).stream == instrument.telemetry->live());
    std::size_t of_backlog = 0;
    while (instrument.publisher->next(instrument.clock.steady())) ++of_backlog;
    CHECK(of_backlog >= 1);
    CHECK(of_backlog <= 16);  // a share, and not the whole outage at once

    instrument.talk(cloud);
    CHECK(cloud.bytes().size() == 4001);
    CHECK(instrument.publisher->counts().seals == 1);
}

TEST_CASE("a fork that was found under a history is void with it", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    original.record(1, 10);
    original.talk(cloud);
    Instrument clone{2, original.disk.image()};
    original.record(11, 20);
    original.talk(cloud);
    clone.record(101, 110);

    clone.publisher->connected(clone.clock.steady());
    const StreamId stream = clone.telemetry->live();
    Stored said;
    said.history = cloud.history;
    said.streams = {{stream, StreamSeq{20}, cloud.streams[stream].chain, StoredWhy::hello}};
    clone.publisher->stored(said, clone.clock.steady());
    REQUIRE(clone.publisher->counts().forks == 1);
    SECTION("while the last common place is looked for") {}
    SECTION("though the last common place is known, and only not yet acted on") {
        const auto asks = [&] {
            const auto hello = clone.publisher->hello();
            return std::any_of(hello.begin(), hello.end(),
                               [](const HelloStream& told) { return !told.probes.empty(); });
        };
        REQUIRE(asks());
        for (int round = 0; asks(); ++round) {
            REQUIRE(round < 20);
            said.streams.clear();
            for (const HelloStream& told : clone.publisher->hello())
                said.streams.push_back(cloud.greet(told));
            clone.publisher->stored(said, clone.clock.steady());
        }
    }

    Stored restored;
    restored.history = 2;
    restored.asked = cloud.history;
    clone.publisher->stored(restored, clone.clock.steady());
    CHECK(clone.publisher->take_forks().empty());
    for (const HelloStream& told : clone.publisher->hello()) CHECK(told.round == 0);
}

TEST_CASE("under a new history nothing is sent before the platform has said where a stream stands",
          "[device-sdk][fork]") {
    Cloud cloud;
    Instrument instrument{1};
    instrument.record(1, 10);
    instrument.talk(cloud);
    instrument.record(11, 12);
    instrument.publisher->connected(instrument.clock.steady());
    Stored restored;
    restored.history = 2;
    restored.asked = cloud.history;
    instrument.publisher->stored(restored, instrument.clock.steady());
    const auto first = instrument.publisher->next(instrument.clock.steady());
    REQUIRE(first);
    CHECK(std::holds_alternative<HelloDue>(*first));
    for (const HelloStream& told : instrument.publisher->hello()) {
        if (told.stream.lane == Lane::telemetry)
            CHECK(told.first_unstored == StreamSeq{1});  // nothing is claimed
    }
    CHECK_FALSE(instrument.publisher->next(instrument.clock.steady()));

    cloud.history = 2;
    instrument.talk(cloud);
    CHECK(cloud.bytes() == numbers(1, 12));
}

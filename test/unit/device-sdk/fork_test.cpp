// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/unit/device-sdk/cloud_model.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace watchglass::device::test;
using namespace std::chrono_literals;

TEST_CASE("two clones of one journal: nothing of either is lost or doubled", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    original.record(1, 5);
    original.talk(cloud);
    original.record(6, 12);  // on both disks, stored by whoever comes first
    Instrument clone{2, original.disk.image()};
    original.record(13, 60);
    clone.record(101, 160);

    original.talk(cloud);
    CHECK(original.publisher->drained());
    CHECK(original.forks.empty());
    clone.talk(cloud);
    CHECK(clone.publisher->drained());
    REQUIRE(clone.forks.size() == 1);
    CHECK(clone.forks[0].common == StreamSeq{12});

    original.record(61, 70);
    clone.record(161, 170);
    original.talk(cloud);
    clone.talk(cloud);
    original.talk(cloud);
    // In the events lane the clone, unclean since it was copied, was first to write their common epoch.
    const auto telemetry = [](const ForkFound& fork) { return fork.stream.lane == Lane::telemetry; };
    CHECK(std::none_of(original.forks.begin(), original.forks.end(), telemetry));

    auto expected = numbers(1, 70);
    const auto of_clone = numbers(101, 170);
    expected.insert(expected.end(), of_clone.begin(), of_clone.end());
    CHECK(cloud.bytes() == expected);
    for (const auto& [id, stream] : cloud.streams) {
        for (const Envelope& frame : stream.frames) CHECK_FALSE(frame.possible_repeat);
    }
}

TEST_CASE("an old image put back goes on under a name of its own", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument instrument{1};
    instrument.record(1, 10);
    Instrument image{2, instrument.disk.image()};
    instrument.record(11, 20);
    instrument.talk(cloud);

    SECTION("and has written as much since as it had before") { image.record(101, 110); }
    SECTION("and has written less") { image.record(101, 103); }
    SECTION("and has written more") { image.record(101, 140); }
    SECTION("and has written nothing yet") {}
    image.talk(cloud);
    REQUIRE(image.forks.size() == 1);
    CHECK(image.forks[0].common == StreamSeq{10});
    image.record(141, 145);
    image.talk(cloud);
    CHECK(image.publisher->drained());
    const auto stored = cloud.bytes();
    CHECK(std::adjacent_find(stored.begin(), stored.end()) == stored.end());
    CHECK(std::count_if(stored.begin(), stored.end(), [](int n) { return n <= 20; }) == 20);
    CHECK(std::count_if(stored.begin(), stored.end(), [](int n) { return n > 140; }) == 5);
}

TEST_CASE("a fork in the middle of a long backlog is found in a few questions", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    for (int i = 0; i < 20; ++i) original.record(1, 100);
    Instrument clone{2, original.disk.image()};
    original.record(101, 101);
    for (int i = 0; i < 10; ++i) clone.record(201, 250);
    original.talk(cloud);
    const auto hellos = clone.publisher->counts().hellos;
    clone.talk(cloud);
    REQUIRE(clone.forks.size() == 1);
    CHECK(clone.forks[0].common == StreamSeq{2000});
    CHECK(clone.publisher->counts().hellos - hellos <= 6);
    CHECK(cloud.bytes().size() == 2000 + 1 + 500);
    CHECK(clone.publisher->drained());
}

TEST_CASE("two images of one disk copy the same places to the same epoch, however long that takes",
          "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    original.record(1, 1);
    original.talk(cloud);
    Instrument other{2, original.disk.image()};
    // More than a segment that is only here, then images of it; meanwhile somebody else fills the next place.
    for (int i = 0; i < 200; ++i)
        REQUIRE(original.telemetry->append(Bytes(1000, static_cast<std::uint8_t>(2 + i % 200)), 1));
    REQUIRE(original.telemetry->sync());
    Instrument first{3, original.disk.image()};
    Instrument second{4, original.disk.image()};
    other.record(250, 250);
    other.talk(cloud);

    first.talk(cloud);
    CHECK(first.publisher->drained());
    second.step_copies = true;
    second.talk(cloud);
    CHECK(second.publisher->drained());
    const auto forks = [](const Instrument& instrument) {
        return std::count_if(instrument.forks.begin(), instrument.forks.end(),
                             [](const ForkFound& fork) { return fork.stream.lane == Lane::telemetry; });
    };
    CHECK(forks(first) == 1);
    CHECK(forks(second) == 1);
    const auto stored = cloud.bytes();
    CHECK(stored.size() == 1 + 200 + 1);
    CHECK(std::adjacent_find(stored.begin(), stored.end()) == stored.end());
}

TEST_CASE("where the platform no longer keeps chains, what is sent again says that it may be a repeat",
          "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    original.record(1, 3);
    original.talk(cloud);
    original.record(4, 8);
    Instrument clone{2, original.disk.image()};
    original.record(9, 9);
    original.talk(cloud);
    clone.record(101, 105);
    cloud.forget_chains();
    clone.talk(cloud);
    REQUIRE(clone.forks.size() == 1);
    CHECK(clone.forks[0].common == StreamSeq{3});
    std::map<int, int> certain;
    for (const auto& [id, stream] : cloud.streams) {
        for (const Envelope& frame : stream.frames) {
            if (const auto* body = std::get_if<Bytes>(&frame.content);
                body != nullptr && !frame.possible_repeat)
                ++certain[body->front()];
        }
    }
    for (const auto& [byte, count] : certain) CHECK(count == 1);
    for (int own = 101; own <= 105; ++own) {
        const auto stored = cloud.bytes();
        CHECK(std::count(stored.begin(), stored.end(), own) == 1);
    }
}

TEST_CASE("a crash while a fork is settled doubles nothing", "[device-sdk][fork]") {
    // At every write to the disk from the moment the fork is found: the disk refuses from there on, the machine dies.
    for (int good = 0; good < 12; ++good) {
        for (const bool power : {false, true}) {
            Cloud cloud;
            Instrument original{1};
            original.record(1, 10);
            Instrument clone{2, original.disk.image()};
            original.record(11, 20);
            original.talk(cloud);
            clone.record(101, 110);
            clone.disk.good_writes = good;
            clone.disk.failing_writes = 1'000;
            clone.publisher->connected(clone.clock.steady());
            for (int i = 0; i < 200; ++i) {
                const auto out = clone.publisher->next(clone.clock.steady());
                Stored message;
                message.history = cloud.history;
                message.asked = clone.publisher->history();
                if (!out) {
                    clone.clock.advance(100ms);
                } else if (const auto* frame = std::get_if<Envelope>(&*out)) {
                    message.streams.push_back(*cloud.take(*frame));
                } else {
                    for (const HelloStream& told : clone.publisher->hello())
                        message.streams.push_back(cloud.greet(told));
                }
                clone.publisher->stored(message, clone.clock.steady());
                for (const ForkFound& fork : clone.publisher->take_forks())
                    clone.publisher->settle_fork(fork);
                if (clone.telemetry->moving()) (void)clone.telemetry->move_forked();
            }
            clone.publisher.reset();
            clone.telemetry.reset();
            clone.events.reset();
            if (power) clone.disk.power_cut();
            clone.disk.good_writes = 0;
            clone.disk.failing_writes = 0;
            clone.boot();
            clone.talk(cloud);
            CHECK(clone.publisher->drained());
            auto expected = numbers(1, 20);
            const auto of_clone = numbers(101, 110);
            expected.insert(expected.end(), of_clone.begin(), of_clone.end());
            INFO("after " << good << " writes, power " << power);
            CHECK(cloud.bytes() == expected);
        }
    }
}

TEST_CASE("the word fork, said to a clone, is no proof where the chains agree", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument instrument{1};
    instrument.record(1, 10);
    instrument.talk(cloud);
    instrument.publisher->connected(instrument.clock.steady());
    const StreamState live = instrument.telemetry->streams().back();
    Stored said;
    said.history = cloud.history;
    said.streams = {{live.id, live.stored_through, live.stored_chain, StoredWhy::fork}};
    instrument.publisher->stored(said, instrument.clock.steady());
    CHECK(instrument.publisher->counts().forks == 0);
    CHECK(instrument.publisher->take_forks().empty());
}

TEST_CASE("a fork waits until what the last run left is on the disk again", "[device-sdk][fork]") {
    Cloud cloud;
    Instrument original{1};
    original.record(1, 10);
    FakeDisk image = original.disk.image();
    // The commit record of the group is lost, and the disk takes nothing for now.
    for (const std::string& name : image.names()) {
        if (!name.starts_with("telemetry")) continue;
        Bytes& bytes = image.bytes(name);
        const auto last = std::search_n(bytes.begin(), bytes.end(), 50, std::uint8_t{10});
        REQUIRE(last != bytes.end());
        std::fill(last + 50, bytes.end(), std::uint8_t{0});
    }
    image.failing_writes = 1'000'000;
    Instrument clone{2, std::move(image)};
    original.record(11, 20);
    original.talk(cloud);

    const StreamId stream = clone.telemetry->live();
    clone.publisher->connected(clone.clock.steady());
    Stored said;
    said.history = cloud.history;
    said.streams = {{stream, StreamSeq{20}, cloud.streams[stream].chain, StoredWhy::hello}};
    clone.publisher->stored(said, clone.clock.steady());
    for (int i = 0; i < 20; ++i) {
        const auto out = clone.publisher->next(clone.clock.steady());
        if (!out) break;
        said.streams.clear();
        for (const HelloStream& told : clone.publisher->hello()) said.streams.push_back(cloud.greet(told));
        clone.publisher->stored(said, clone.clock.steady());
    }
    CHECK(clone.publisher->counts().forks == 1);
    CHECK(clone.publisher->take_forks().empty());

    clone.disk.failing_writes = 0;
    REQUIRE(clone.telemetry->sync());
    REQUIRE(clone.events->sync());
    clone.talk(cloud);
    CHECK(clone.publisher->drained());
    CHECK(cloud.bytes() == numbers(1, 20));
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/unit/ingest/platform_model.h"

using namespace watchglass;
using namespace watchglass::ingest;
using model::Platform;

TEST_CASE("a frame becomes a row, and its instrument hears that it is stored", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.take(platform.frame(21.5));
    REQUIRE(platform.ingest.turn());
    REQUIRE(platform.db.rows.size() == 1);
    CHECK(platform.db.rows[0].numbers == std::vector<double>{21.5});
    CHECK(platform.db.rows[0].t == platform.clock.wall());
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{1});
    CHECK(platform.ingest.ears.last().why == StoredWhy::progress);
    CHECK(platform.ingest.ears.heard.back().second.history == 42);
}

TEST_CASE("a frame sent again is answered every time and stored once", "[ingest][pipeline]") {
    Platform platform;
    const Arrival frame = platform.frame(21.5);
    for (int i = 0; i < 3; ++i) {
        platform.ingest.take(frame);
        platform.ingest.turn();
    }
    CHECK(platform.db.rows.size() == 1);
    CHECK(platform.ingest.ears.heard.size() == 3);
    CHECK(platform.ingest.meters.repeats.value() == 2);
}

TEST_CASE("a frame whose dictionary is not installed is quarantined and its stream goes on",
          "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.take(platform.instrument.frame(1, platform.clock.wall(), "nobody"));
    platform.ingest.take(platform.frame(2));
    platform.ingest.turn();
    CHECK(platform.db.quarantine == std::vector<std::string>{"frame.unknown_dictionary"});
    CHECK(platform.db.rows.size() == 1);
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{2});
}

TEST_CASE("a body that is no body is quarantined and its stream goes on", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.take(platform.instrument.envelope({0xff, 0xff, 0xff}, platform.clock.wall()));
    platform.ingest.take(platform.frame(2));
    platform.ingest.turn();
    CHECK(platform.db.quarantine == std::vector<std::string>{"frame.malformed"});
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{2});
}

TEST_CASE("what has no readable envelope is quarantined without moving anything", "[ingest][pipeline]") {
    Platform platform;
    Arrival broken = platform.frame(1);
    broken.payload = {0xff, 0x01};
    Arrival foreign{"somebody/else", {1}, platform.clock.wall()};
    Arrival wrong_lane = platform.frame(2);
    wrong_lane.topic = topics::of(platform.instrument.id(), topics::Channel::up_events);
    Arrival broken_hello{
        topics::of(platform.instrument.id(), topics::Channel::up_hello), {0xff}, platform.clock.wall()};
    for (Arrival& arrival : std::vector<Arrival>{broken, foreign, wrong_lane, broken_hello})
        platform.ingest.take(arrival);
    platform.ingest.turn();
    CHECK(platform.db.quarantine == std::vector<std::string>{"frame.malformed", "ingest.foreign_topic",
                                                             "ingest.wrong_lane", "frame.malformed"});
    CHECK(platform.db.rows.empty());
    CHECK(platform.ingest.ears.heard.empty());
}

TEST_CASE("an unreadable message is counted once, when it is stored", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.vault.faults = {Outcome::conflict, Outcome::unknown, Outcome::unreachable};
    platform.ingest.take({"somebody/else", {1}, platform.clock.wall()});
    platform.ingest.turn();
    CHECK(platform.ingest.registry
              .counter("watchglass_ingest_quarantined_total", "", {{"reason", "ingest.foreign_topic"}})
              .value() == 1);
}

TEST_CASE("unregistered devices are quarantined, suspended ones keep their frames", "[ingest][pipeline]") {
    Platform platform;
    model::Instrument stranger{DeviceId::parse("zzzzzzzzzzzzzzzzzzzzzzzzzz").value()};
    platform.ingest.take(stranger.frame(1, platform.clock.wall()));
    platform.devices.known[platform.instrument.id()].may_report = false;
    const Arrival held = platform.frame(2);
    platform.ingest.take(held);
    platform.ingest.turn();
    CHECK(platform.db.quarantine == std::vector<std::string>{"ingest.unknown_device"});
    CHECK(platform.ingest.ears.heard.empty());

    platform.devices.known[platform.instrument.id()].may_report = true;
    platform.ingest.take(held);
    platform.ingest.turn();
    CHECK(platform.db.rows.size() == 1);
}

TEST_CASE("a Hello is answered with the stored position", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.take(platform.frame(1));
    platform.ingest.take(platform.instrument.hello(platform.clock.wall()));
    platform.ingest.turn();
    REQUIRE(platform.ingest.ears.heard.size() == 1);  // one message, both reasons
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{1});
    CHECK(platform.ingest.ears.last().why == StoredWhy::hello);
}

TEST_CASE("streams that a Hello names and nobody stored are answered and forgotten", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.take(platform.frame(1));
    for (std::uint64_t n = 0; n < 20; ++n)
        platform.ingest.take(platform.instrument.hello_of_epochs(100 + 10 * n, 10, platform.clock.wall()));
    platform.ingest.turn();
    CHECK(platform.ingest.ears.heard.back().second.streams.size() == 201);
    CHECK(platform.ingest.meters.streams_known.value() == 1);

    platform.ingest.take(platform.frame(2));
    platform.ingest.turn();
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{2});
}

TEST_CASE("while the database is away nothing is taken and nothing is lost", "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.vault.faults = {Outcome::unreachable, Outcome::unreachable, Outcome::unreachable};
    platform.ingest.take(platform.frame(1));
    std::size_t waiting = 0;
    platform.ingest.on_pause = [&] {
        platform.ingest.take(platform.frame(2));
        waiting = platform.ingest.intake.size();
        return true;
    };
    platform.ingest.turn();
    CHECK(waiting == 3);  // they came meanwhile and stayed in the queue
    platform.ingest.turn();
    CHECK(platform.db.rows.size() == 4);
}

TEST_CASE("while the registry cannot be asked nobody is called unknown", "[ingest][pipeline]") {
    Platform platform;
    platform.devices.away = true;
    platform.ingest.on_pause = [&] {
        platform.devices.away = platform.ingest.pauses < 3;
        return true;
    };
    platform.ingest.take(platform.frame(1));
    platform.ingest.turn();
    CHECK(platform.db.rows.size() == 1);
    CHECK(platform.db.quarantine.empty());
}

TEST_CASE("an unknown commit is answered from the rows, stored once either way", "[ingest][pipeline]") {
    const bool was_stored = GENERATE(false, true);
    Platform platform;
    platform.ingest.vault.faults = {Outcome::unknown};
    platform.ingest.vault.unknown_was_stored = was_stored;
    platform.ingest.take(platform.frame(1));
    platform.ingest.take(platform.frame(2));
    platform.ingest.turn();
    CHECK(platform.ingest.vault.settled == 1);
    CHECK(platform.db.rows.size() == 2);
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{2});
}

TEST_CASE("two processes on one stream cannot both win", "[ingest][pipeline]") {
    Platform platform;
    model::Process other{platform.clock, platform.devices, platform.shelf, platform.db};
    for (int n = 1; n <= 20; ++n) {
        const Arrival frame = platform.frame(n);
        platform.ingest.take(frame);
        other.take(frame);
        if (n % 3 == 0) platform.ingest.turn();
        if (n % 4 == 0) other.turn();
    }
    platform.ingest.turn();
    other.turn();
    CHECK(platform.db.rows.size() == 20);
    CHECK(other.ears.last().stored_through == StreamSeq{20});
    CHECK(platform.ingest.meters.conflicts.value() + other.meters.conflicts.value() > 0);
}

TEST_CASE("a repeat with another content is a fork, also long after a restart", "[ingest][pipeline]") {
    Platform platform;
    for (int n = 1; n <= 40; ++n) platform.ingest.take(platform.frame(n));
    platform.ingest.turn();

    model::Instrument clone{platform.instrument.id()};
    model::Process restarted{platform.clock, platform.devices, platform.shelf, platform.db};
    restarted.take(clone.frame(777, platform.clock.wall()));
    restarted.turn();
    CHECK(restarted.ears.last().why == StoredWhy::fork);
    CHECK(platform.db.rows.size() == 40);
}

TEST_CASE("a program that ends in the middle has said nothing about what it did not store",
          "[ingest][pipeline]") {
    Platform platform;
    platform.ingest.vault.faults = {Outcome::unreachable};
    platform.ingest.on_pause = [] { return false; };
    platform.ingest.take(platform.frame(1));
    CHECK_FALSE(platform.ingest.turn());
    CHECK(platform.ingest.ears.heard.empty());
}

TEST_CASE("a full intake says no instead of growing", "[ingest][pipeline]") {
    Platform platform;
    for (int n = 1; n <= 100; ++n) platform.ingest.take(platform.frame(n));
    Arrival one_more = platform.frame(101);
    CHECK_FALSE(platform.ingest.intake.try_push(one_more));
    platform.ingest.turn();
    CHECK(platform.ingest.intake.try_push(one_more));
}

TEST_CASE("a device that was told of more than is stored shows that the database was restored",
          "[ingest][pipeline]") {
    Platform platform;
    for (int n = 1; n <= 4; ++n) platform.ingest.take(platform.frame(n));
    platform.ingest.turn();
    const auto claim = [&](std::uint64_t first_unstored, std::uint64_t history) {
        const Place here = platform.instrument.here();
        platform.ingest.take(
            platform.instrument.hello({platform.instrument.stream(), StreamSeq{1}, StreamSeq{first_unstored},
                                       StreamSeq{here.seq.value() + 1}, here.chain},
                                      history, platform.clock.wall()));
        platform.ingest.turn();
        return platform.ingest.ears.heard.back().second.history;
    };

    SECTION("what it was told is what is stored: nothing happens") { CHECK(claim(5, 42) == 42); }
    SECTION("our memory was behind the rows: nothing happens") {
        model::Process other{platform.clock, platform.devices, platform.shelf, platform.db};
        other.take(platform.frame(5));
        other.turn();
        CHECK(claim(6, 42) == 42);
        CHECK(platform.ingest.ears.last().stored_through == StreamSeq{5});
    }
    SECTION("more, under this history: another begins, once") {
        CHECK(claim(9, 42) == 43);
        CHECK(platform.ingest.ears.last().stored_through == StreamSeq{4});
        CHECK(claim(9, 42) == 43);
        CHECK(platform.ingest.meters.restores.value() == 1);
    }
    SECTION("more, under a history that is over: it will learn") { CHECK(claim(9, 41) == 42); }
    SECTION("another process has begun one: it is taken over") {
        platform.db.history = 77;
        CHECK(claim(9, 42) == 77);
    }
}

TEST_CASE("a device that asks is told where it agrees with what is stored", "[ingest][pipeline]") {
    Platform platform;
    std::vector<Place> places;
    for (int n = 1; n <= 60; ++n) {
        platform.ingest.take(platform.frame(n));
        places.push_back(platform.instrument.here());
        if (n % 20 == 0) platform.ingest.turn();
    }
    model::Process restarted{platform.clock, platform.devices, platform.shelf, platform.db};
    const auto ask = [&](std::vector<Place> probes) {
        restarted.take(
            platform.instrument.hello({platform.instrument.stream(), StreamSeq{1}, StreamSeq{1},
                                       StreamSeq{61}, places.back().chain, 3, Chain{}, std::move(probes)},
                                      42, platform.clock.wall()));
        restarted.turn();
        return restarted.ears.last();
    };
    const auto foreign = [&](std::size_t at) {
        Place place = places[at - 1];
        place.chain[0] ^= 1;
        return place;
    };
    const StoredStream mixed = ask({places[9], places[29], foreign(40), foreign(50)});
    CHECK(mixed.round == 3);
    CHECK(mixed.agreed == StreamSeq{30});
    CHECK(mixed.differs == StreamSeq{40});
    CHECK(mixed.stored_through == StreamSeq{60});
    CHECK(ask({foreign(1)}).differs == StreamSeq{1});
    CHECK(ask({foreign(1)}).agreed == StreamSeq{});

    std::erase_if(platform.db.chains, [](const auto& kept) { return kept.first.second <= StreamSeq{30}; });
    const StoredStream forgotten = ask({places[9], places[29]});
    CHECK(forgotten.round == 3);
    CHECK(forgotten.agreed == StreamSeq{});
    CHECK(forgotten.differs == StreamSeq{});
}

TEST_CASE("what was remembered of the database before a restore is forgotten with it", "[ingest][pipeline]") {
    Platform platform;
    model::Instrument alarms{platform.instrument.id(), Lane::events};
    platform.ingest.take(alarms.frame(1, platform.clock.wall()));
    for (int n = 1; n <= 4; ++n) platform.ingest.take(platform.frame(n));
    platform.ingest.turn();
    REQUIRE(platform.db.streams.size() == 2);

    // The database is replaced by one from before, under the running process; one stream shows it.
    platform.db.streams.clear();
    platform.db.rows.clear();
    platform.db.chains.clear();
    const Place here = platform.instrument.here();
    platform.ingest.take(platform.instrument.hello(
        {platform.instrument.stream(), StreamSeq{1}, StreamSeq{6}, StreamSeq{5}, here.chain}, 42,
        platform.clock.wall()));
    platform.ingest.turn();
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{});
    platform.ingest.take(alarms.hello(platform.clock.wall()));
    platform.ingest.turn();
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{});
    CHECK(platform.ingest.ears.heard.back().second.history == 43);
}

TEST_CASE("a place that was told under another chain shows a restored database as well",
          "[ingest][pipeline]") {
    // Two copies of a journal and an old backup: the other copy has filled the place that this one was told of.
    Platform platform;
    for (int n = 1; n <= 4; ++n) platform.ingest.take(platform.frame(n));
    platform.ingest.turn();
    const Place here = platform.instrument.here();
    HelloStream told{platform.instrument.stream(), StreamSeq{1}, StreamSeq{5}, StreamSeq{5}, here.chain};
    told.told_chain = here.chain;
    SECTION("the same chain: nothing happens") {
        platform.ingest.take(platform.instrument.hello(told, 42, platform.clock.wall()));
        platform.ingest.turn();
        CHECK(platform.ingest.ears.heard.back().second.history == 42);
    }
    SECTION("another chain") {
        told.told_chain[3] ^= 1;
        platform.ingest.take(platform.instrument.hello(told, 42, platform.clock.wall()));
        platform.ingest.turn();
        CHECK(platform.ingest.ears.heard.back().second.history == 43);
        CHECK(platform.ingest.ears.heard.back().second.asked == 42);
    }
    SECTION("another chain, and no new history is granted: no answer that could be about another database") {
        platform.db.grants_histories = false;
        told.told_chain[3] ^= 1;
        platform.ingest.take(platform.instrument.hello(told, 42, platform.clock.wall()));
        platform.ingest.turn();
        CHECK(platform.ingest.ears.heard.back().second.history == 42);
        CHECK(platform.ingest.ears.heard.back().second.streams.empty());
    }
}

TEST_CASE("behind a lost session may be another database: nothing is answered from memory",
          "[ingest][pipeline]") {
    Platform platform;
    for (int n = 1; n <= 4; ++n) platform.ingest.take(platform.frame(n));
    platform.ingest.turn();
    platform.db.streams.clear();
    ++platform.ingest.vault.lost;
    platform.ingest.take(platform.instrument.hello(platform.clock.wall()));
    platform.ingest.turn();
    CHECK(platform.ingest.ears.last().stored_through == StreamSeq{});
}

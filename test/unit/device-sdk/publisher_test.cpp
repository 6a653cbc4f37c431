// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/publish/publisher.h"

#include <catch2/catch.hpp>

#include "schemas/codec/chain.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"
#include "test/unit/device-sdk/fake_disk.h"

using namespace watchglass;
using namespace watchglass::device;
using namespace std::chrono_literals;
using watchglass::device::test::FakeDisk;
using watchglass::test::ManualClock;
using watchglass::test::SeededRng;

namespace {

/// An instrument and its link, played in virtual time.
struct Play {
    Play() {
        events = *Journal::open({.lane = Lane::events, .segment_bytes = 64u << 10}, disk, rng, clock);
        telemetry = *Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, disk, rng, clock);
        publisher = std::make_unique<Publisher>(settings, *events, *telemetry, rng);
    }
    void record(Journal& journal, int frames) {
        for (int i = 0; i < frames; ++i) REQUIRE(journal.append(Bytes(50, ++fill), 1));
        REQUIRE(journal.sync());
    }
    void connect() {
        publisher->connected(clock.steady());
        const auto first = publisher->next(clock.steady());
        REQUIRE(first);
        REQUIRE(std::holds_alternative<HelloDue>(*first));
    }
    /// Everything that goes out now: places of frames, Hellos counted.
    std::vector<std::uint64_t> sent(Lane lane = Lane::telemetry) {
        std::vector<std::uint64_t> places;
        while (auto out = publisher->next(clock.steady())) {
            if (std::holds_alternative<HelloDue>(*out)) {
                ++hellos;
                continue;
            }
            const auto& envelope = std::get<Envelope>(*out);
            if (envelope.stream.lane == lane) places.push_back(envelope.seq.value());
            chains[envelope.stream][envelope.seq.value()] = codec::chain_after(envelope);
        }
        return places;
    }
    void answer(std::uint64_t through, StoredWhy why = StoredWhy::progress, std::uint64_t history = 1,
                Lane lane = Lane::telemetry) {
        const StreamId stream = lane == Lane::telemetry ? telemetry->live() : events->live();
        Stored message;
        message.history = history;
        message.asked = telemetry->history();
        message.streams.push_back({stream, StreamSeq{through}, chains[stream][through], why});
        publisher->stored(message, clock.steady());
    }
    [[nodiscard]] std::uint64_t stored_through() const {
        return telemetry->streams().back().stored_through.value();
    }

    FakeDisk disk;
    SeededRng rng{3};
    ManualClock clock;
    PublisherSettings settings;
    std::unique_ptr<Journal> events;
    std::unique_ptr<Journal> telemetry;
    std::unique_ptr<Publisher> publisher;
    std::map<StreamId, std::map<std::uint64_t, Chain>> chains;
    std::uint8_t fill = 0;
    int hellos = 0;
};

using Places = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("on connect a Hello goes first, then what is synced, in order", "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 3);
    REQUIRE(play.telemetry->append(Bytes(50, 9), 1));
    CHECK(play.sent().empty());
    play.connect();
    CHECK(play.sent() == Places{1, 2, 3});
    REQUIRE(play.telemetry->sync());
    CHECK(play.sent() == Places{4});
}

TEST_CASE("only Stored releases a frame; samples cut off by a broken link are sent again",
          "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 3);
    play.connect();
    CHECK(play.sent() == Places{1, 2, 3});
    play.answer(1);
    CHECK(play.stored_through() == 1);
    play.publisher->lost();
    CHECK(play.sent().empty());
    play.connect();
    CHECK(play.sent() == Places{2, 3});
    CHECK_FALSE(play.publisher->drained());
    play.answer(3);
    CHECK(play.publisher->drained());
    CHECK(play.sent().empty());
}

TEST_CASE("a hole rewinds once, however often it is told in one round trip", "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 6);
    play.connect();
    CHECK(play.sent() == Places{1, 2, 3, 4, 5, 6});
    play.answer(2, StoredWhy::hole);
    play.answer(2, StoredWhy::hole);
    CHECK(play.sent() == Places{3, 4, 5, 6});
    play.answer(2, StoredWhy::hole);
    CHECK(play.sent().empty());
    CHECK(play.publisher->counts().rewinds == 1);
    play.clock.advance(1s);
    play.answer(2, StoredWhy::hole);
    CHECK(play.sent() == Places{3, 4, 5, 6});
}

TEST_CASE("progress never rewinds, a late lower number is not believed", "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 6);
    play.connect();
    play.sent();
    play.answer(4);
    play.answer(3);
    play.answer(4);
    CHECK(play.stored_through() == 4);
    CHECK(play.sent().empty());
    CHECK(play.publisher->counts().rewinds == 0);
}

TEST_CASE("a platform restored from backup gets again what it lost", "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 6);
    play.connect();
    play.sent();
    play.answer(6);
    CHECK(play.publisher->drained());
    play.answer(2, StoredWhy::hello, 2);
    CHECK(play.stored_through() == 2);
    CHECK(play.sent() == Places{3, 4, 5, 6});
    play.answer(6, StoredWhy::progress, 2);
    CHECK(play.publisher->drained());
}

TEST_CASE("silence is answered with a Hello after a second, then ever later", "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 2);
    play.connect();
    play.sent();
    std::vector<int> seen;
    for (int second = 0; second < 30; ++second) {
        play.clock.advance(1s);
        play.hellos = 0;
        CHECK(play.sent().empty());
        if (play.hellos > 0) seen.push_back(second);
    }
    CHECK(seen.size() >= 3);
    CHECK(seen.size() <= 6);
    play.answer(0, StoredWhy::hello);
    CHECK(play.sent() == Places{1, 2});
}

TEST_CASE("a heartbeat comes about every minute while nothing happens", "[device-sdk][publish]") {
    Play play;
    play.connect();
    for (int i = 0; i < 600; ++i) {
        play.clock.advance(1s);
        play.sent();
    }
    CHECK(play.hellos >= 9);
    CHECK(play.hellos <= 11);
}

TEST_CASE("after a resync everything not stored goes again, once, within the spread",
          "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 3);
    play.connect();
    play.sent();
    play.answer(1);
    play.publisher->resync(play.clock.steady());
    play.publisher->resync(play.clock.steady());
    play.clock.advance(100ms);
    CHECK(play.sent() == Places{2, 3});
    CHECK(play.sent().empty());
}

TEST_CASE("events go before telemetry and do not wait for its window", "[device-sdk][publish]") {
    Play play;
    play.settings.window_frames = 4;
    play.publisher = std::make_unique<Publisher>(play.settings, *play.events, *play.telemetry, play.rng);
    play.record(*play.telemetry, 10);
    play.connect();
    CHECK(play.sent() == Places{1, 2, 3, 4});
    play.record(*play.events, 1);
    CHECK(play.sent(Lane::events) == Places{1});
    play.answer(2);
    CHECK(play.sent() == Places{5, 6});
}

TEST_CASE("frames that were dropped are declared in their place", "[device-sdk][publish]") {
    Play play;
    play.telemetry =
        *Journal::open({.lane = Lane::telemetry, .bytes_most = 256u << 10, .segment_bytes = 64u << 10},
                       play.disk, play.rng, play.clock);
    play.publisher = std::make_unique<Publisher>(play.settings, *play.events, *play.telemetry, play.rng);
    for (int i = 0; i < 400; ++i) {
        REQUIRE(play.telemetry->append(Bytes(1000, 1), 1));
        REQUIRE(play.telemetry->sync());
    }
    play.connect();
    const auto first = play.publisher->next(play.clock.steady());
    REQUIRE(first);
    const auto& envelope = std::get<Envelope>(*first);
    CHECK(envelope.seq == StreamSeq{1});
    const auto& gap = std::get<Gap>(envelope.content);
    CHECK(gap.cause == GapCause::journal_full);
    const auto second = play.publisher->next(play.clock.steady());
    CHECK(std::get<Envelope>(*second).seq.value() == gap.to.value() + 1);
    CHECK(std::get<Envelope>(*second).prev_chain == gap.chain_at_to);
}

TEST_CASE("a stream whose end was damaged drains on the platform's word, and is no fork",
          "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 3);
    const StreamId old = play.telemetry->live();
    play.telemetry.reset();
    // The only segment loses all that it says; the platform may have had any part of it.
    for (const std::string& name : play.disk.names()) {
        if (name.starts_with("telemetry")) std::fill_n(play.disk.bytes(name).begin(), 2000, std::uint8_t{0});
    }
    play.telemetry = *Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, play.disk,
                                    play.rng, play.clock);
    play.publisher = std::make_unique<Publisher>(play.settings, *play.events, *play.telemetry, play.rng);
    REQUIRE(play.telemetry->live() != old);
    play.connect();
    const StreamState damaged = play.telemetry->streams().front();
    REQUIRE(damaged.id == old);
    CHECK(damaged.chain == Chain{});

    Stored message;
    message.history = 1;
    Chain theirs{};
    theirs[0] = 9;
    SECTION("it has more than is known here") {
        message.streams.push_back({old, StreamSeq{3}, theirs, StoredWhy::hello});
    }
    SECTION("it has as much, under a chain that is not known here") {
        message.streams.push_back({old, damaged.synced_through, theirs, StoredWhy::fork});
    }
    play.publisher->stored(message, play.clock.steady());
    CHECK(play.publisher->counts().forks == 0);
    CHECK(play.telemetry->streams().front().stored_through == damaged.synced_through);
    CHECK(play.sent() == Places{1});  // of the live epoch: that this start was unclean
}

TEST_CASE("another history counts only in the answer to what was asked under the present one",
          "[device-sdk][publish]") {
    Play play;
    play.record(*play.telemetry, 6);
    play.connect();
    play.sent();
    play.answer(6);
    play.hellos = 0;
    Stored late;
    late.history = 9;
    late.asked = 8;  // by this device, long ago, or by nobody
    late.streams.push_back(
        {play.telemetry->live(), StreamSeq{2}, play.chains[play.telemetry->live()][2], StoredWhy::hello});
    for (int i = 0; i < 5; ++i) play.publisher->stored(late, play.clock.steady());
    CHECK(play.stored_through() == 6);
    CHECK(play.telemetry->history() == 1);
    CHECK(play.sent().empty());
    CHECK(play.hellos == 1);  // it asks, once
}

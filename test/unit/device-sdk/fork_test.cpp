// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "device-sdk/src/publish/publisher.h"
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

/// The platform's side, without mistakes: takes the next frame whose chain fits and answers everything else.
struct Cloud {
    struct Stream {
        std::vector<Envelope> frames;
        std::map<std::uint64_t, Chain> chains;  ///< kept, by place
        StreamSeq through{};
        Chain chain{};
    };
    std::map<StreamId, Stream> streams;
    std::uint64_t history = 1;

    std::optional<StoredStream> take(const Envelope& envelope) {
        Stream& stream = streams[envelope.stream];
        const Chain after = codec::chain_after(envelope);
        const auto answer = [&](StoredWhy why) {
            return StoredStream{envelope.stream, stream.through, stream.chain, why};
        };
        if (envelope.seq.value() > stream.through.value() + 1) return answer(StoredWhy::hole);
        if (envelope.seq <= stream.through) {
            const auto kept = stream.chains.find(envelope.seq.value());
            return answer(kept != stream.chains.end() && kept->second != after ? StoredWhy::fork
                                                                               : StoredWhy::progress);
        }
        if (envelope.prev_chain != stream.chain) return answer(StoredWhy::fork);
        const auto* gap = std::get_if<Gap>(&envelope.content);
        stream.through = gap != nullptr ? gap->to : envelope.seq;
        stream.chain = after;
        stream.chains[stream.through.value()] = after;
        stream.frames.push_back(envelope);
        return answer(StoredWhy::progress);
    }
    StoredStream greet(const HelloStream& told) {
        const Stream& stream = streams[told.stream];
        StoredStream said{told.stream, stream.through, stream.chain, StoredWhy::hello, told.round};
        for (const Place& probe : told.probes) {
            const auto kept = stream.chains.find(probe.seq.value());
            if (kept == stream.chains.end()) continue;
            if (kept->second == probe.chain) said.agreed = probe.seq;
            if (kept->second != probe.chain && said.differs == StreamSeq{}) said.differs = probe.seq;
        }
        return said;
    }
    /// Every frame's first byte, over all streams of a lane: each instrument writes bytes of its own.
    [[nodiscard]] std::vector<int> bytes(Lane lane = Lane::telemetry) const {
        std::vector<int> all;
        for (const auto& [id, stream] : streams) {
            if (id.lane != lane) continue;
            for (const Envelope& frame : stream.frames) {
                if (const auto* body = std::get_if<Bytes>(&frame.content)) all.push_back(body->front());
            }
        }
        std::sort(all.begin(), all.end());
        return all;
    }
    void forget_chains() {
        for (auto& [id, stream] : streams) stream.chains.clear();
    }
};

struct Instrument {
    explicit Instrument(std::uint64_t seed, FakeDisk image = {}) : disk(std::move(image)), rng(seed) {
        boot();
    }

    void boot() {
        publisher.reset();
        events = *Journal::open({.lane = Lane::events, .segment_bytes = 64u << 10}, disk, rng, clock);
        telemetry = *Journal::open({.lane = Lane::telemetry, .segment_bytes = 64u << 10}, disk, rng, clock);
        publisher = std::make_unique<Publisher>(PublisherSettings{}, *events, *telemetry, rng);
    }
    void record(int first, int last) {
        for (int i = first; i <= last; ++i) {
            REQUIRE(telemetry->append(Bytes(50, static_cast<std::uint8_t>(i)), 1));
        }
        REQUIRE(telemetry->sync());
    }
    /// Talks until nothing more is said.
    void talk(Cloud& cloud) {
        publisher->connected(clock.steady());
        for (int quiet = 0; quiet < 5; ++quiet) {
            while (const auto out = publisher->next(clock.steady())) {
                Stored message;
                message.history = cloud.history;
                message.asked = publisher->history();
                if (const auto* frame = std::get_if<Envelope>(&*out)) {
                    sent[frame->stream][frame->seq.value()].insert(codec::chain_after(*frame));
                    message.streams.push_back(*cloud.take(*frame));
                } else {
                    for (const HelloStream& told : publisher->hello())
                        message.streams.push_back(cloud.greet(told));
                }
                publisher->stored(message, clock.steady());
                for (const ForkFound& fork : publisher->take_forks()) {
                    forks.push_back(fork);
                    publisher->settle_fork(fork);
                }
                while (telemetry->moving()) {
                    REQUIRE(telemetry->move_forked());
                    if (step_copies) break;  // the platform is heard in between
                }
                quiet = 0;
            }
            clock.advance(1s);
        }
        publisher->lost();
    }

    FakeDisk disk;
    SeededRng rng;
    ManualClock clock;
    std::unique_ptr<Journal> events;
    std::unique_ptr<Journal> telemetry;
    std::unique_ptr<Publisher> publisher;
    std::vector<ForkFound> forks;
    bool step_copies = false;  ///< one segment a message
    std::map<StreamId, std::map<std::uint64_t, std::set<Chain>>> sent;
};

std::vector<int> numbers(int first, int last) {
    std::vector<int> all(static_cast<std::size_t>(last - first + 1));
    std::iota(all.begin(), all.end(), first);
    return all;
}

}  // namespace

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

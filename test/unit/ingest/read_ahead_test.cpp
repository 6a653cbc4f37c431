// SPDX-License-Identifier: Apache-2.0
#include "ingest/read_ahead.h"

#include <catch2/catch.hpp>

#include "test/support/wait.h"
#include "test/unit/ingest/platform_model.h"

using namespace watchglass;
using namespace watchglass::ingest;
using namespace watchglass::ingest::model;
using namespace std::chrono_literals;

namespace {

const DeviceId device = DeviceId::parse("abcdefghijklmnopqrstuvwxyz").value();
constexpr Microseconds at_once{0};

/// An intake with a reader behind it, and an instrument that fills it.
struct Reading {
    test::ManualClock clock;
    test::SeededRng rng{1};
    metrics::Registry registry;
    Meters meters{registry};
    Devices devices;
    Shelf shelf;
    Intake intake{1'000};
    Instrument instrument{device};
    std::function<bool()> on_pause = [] { return true; };
    Reader reader{{intake, devices, shelf, meters, [this](std::chrono::milliseconds) { return on_pause(); },
                   Backoff{1ms, 1ms, rng}}};

    Reading() {
        devices.known[device] = {
            .owner = {TenantNumber{1}, DeviceNumber{1}},
            .keeping = {.retention = storage::RetentionClass{1}, .keep = Microseconds{24h}},
            .may_report = true};
    }
    void arrive(int frames) {
        for (int i = 0; i < frames; ++i) {
            Arrival frame = instrument.frame(i, clock.wall());
            REQUIRE(intake.try_push(frame));
        }
    }
};

}  // namespace

TEST_CASE("a batch ends with its messages, or with the samples in them, and what is left stays in the intake",
          "[ingest][reader]") {
    Reading reading;
    reading.arrive(10);
    Batch batch;
    REQUIRE(reading.reader.read(batch, {.messages = 4}, at_once));
    CHECK(batch.messages == 4);
    CHECK(batch.samples == 4);
    CHECK(batch.full({.messages = 4}));
    CHECK(batch.full({.messages = 100, .samples = 4}));
    CHECK_FALSE(batch.full({.messages = 5, .samples = 5}));
    CHECK(batch.full({.bytes = batch.bytes}));
    CHECK_FALSE(batch.full({.bytes = batch.bytes + 1}));
    REQUIRE(reading.reader.read(batch, {.messages = 4}, at_once));
    CHECK(batch.messages == 4);
    CHECK(reading.intake.size() == 6);
}

TEST_CASE("junk fills a batch by its size", "[ingest][reader]") {
    Reading reading;
    for (int i = 0; i < 3; ++i) {
        Arrival junk = reading.instrument.frame(i, reading.clock.wall());
        junk.payload.assign(1'000, 0xff);
        REQUIRE(reading.intake.try_push(junk));
    }
    Batch batch;
    REQUIRE(reading.reader.read(batch, {.bytes = 3'000}, at_once));
    CHECK(batch.unreadable.size() == 3);
    CHECK(batch.samples == 0);
    CHECK(batch.bytes == 3'000);
    CHECK(batch.full({.bytes = 3'000}));
    batch.clear();
    CHECK(batch.bytes == 0);
}

TEST_CASE("a batch grows from read to read, in the order of arrival", "[ingest][reader]") {
    Reading reading;
    Batch batch;
    for (int i = 0; i < 3; ++i) {
        reading.arrive(2);
        REQUIRE(reading.reader.read(batch, {}, at_once));
    }
    REQUIRE(batch.frames.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(batch.frames[i].seq == StreamSeq{i + 1});
        CHECK_FALSE(batch.frames[i].payload.empty());
    }
}

TEST_CASE("while the registry is away what was read before stays as it was, and nothing is taken twice",
          "[ingest][reader]") {
    Reading reading;
    Batch batch;
    reading.arrive(2);
    REQUIRE(reading.reader.read(batch, {}, at_once));
    reading.devices.away = true;
    reading.arrive(1);
    int pauses = 0;
    reading.on_pause = [&] {
        CHECK(batch.frames.size() == 2);
        CHECK(batch.messages == 2);
        reading.devices.away = ++pauses < 3;
        return true;
    };
    REQUIRE(reading.reader.read(batch, {}, at_once));
    CHECK(pauses == 3);
    CHECK(batch.frames.size() == 3);
    CHECK(batch.messages == 3);
}

TEST_CASE("a decode that is given up in its middle leaves no half of it in the batch", "[ingest][reader]") {
    struct Closing final : DictionaryShelf {
        Shelf shelf;
        int answers = 1;
        Result<const ShelvedDictionary*> find(TenantNumber tenant, std::string_view name,
                                              std::uint32_t version) override {
            if (answers-- <= 0) return failed(Failure{codes::unavailable, Next::retry_later, {}, {}});
            return shelf.find(tenant, name, version);
        }
    } shelf;
    Reading reading;
    Decoder decoder{reading.devices, shelf};
    std::vector<Arrival> arrivals{reading.instrument.frame(1, reading.clock.wall()),
                                  reading.instrument.frame(2, reading.clock.wall())};
    Batch batch;
    CHECK_FALSE(decoder.decode(arrivals, batch));
    CHECK(batch.empty());
    shelf.answers = 2;
    REQUIRE(decoder.decode(arrivals, batch));
    REQUIRE(batch.frames.size() == 2);
    CHECK_FALSE(batch.frames[0].payload.empty());
}

TEST_CASE("what comes while a batch is stored is the next batch, in one piece", "[ingest][read-ahead]") {
    Reading reading;
    ReadAhead ahead{reading.reader, reading.intake, {.messages = 100}};
    ahead.start();
    reading.arrive(1);
    Batch first;
    REQUIRE(test::eventually([&] {
        ahead.take(first, 10ms);
        return !first.empty();
    }));
    CHECK(first.messages == 1);
    CHECK_FALSE(ahead.oldest());

    // Nobody asks: the reader goes on.
    const WallTime since = reading.clock.wall();
    reading.arrive(30);
    CHECK(test::eventually([&] { return ahead.oldest() == since; }));
    reading.clock.advance(Microseconds{1s});
    reading.arrive(20);
    REQUIRE(test::eventually([&] { return reading.intake.size() == 0; }));
    Batch second;
    REQUIRE(test::eventually([&] {
        ahead.take(second, 10ms);
        return !second.empty();
    }));
    CHECK(second.messages == 50);
    CHECK(second.frames.front().seq == StreamSeq{2});
    CHECK(second.frames.back().seq == StreamSeq{51});
    ahead.stop();
}

TEST_CASE("a full batch waits, and the intake fills behind it", "[ingest][read-ahead]") {
    Reading reading;
    ReadAhead ahead{reading.reader, reading.intake, {.messages = 5}};
    reading.arrive(20);
    ahead.start();
    REQUIRE(test::eventually([&] { return reading.intake.size() == 15; }));
    std::size_t taken = 0;
    REQUIRE(test::eventually([&] {
        Batch batch;
        ahead.take(batch, 10ms);
        CHECK(batch.messages <= 5);
        taken += batch.messages;
        return taken == 20;
    }));
    ahead.stop();
}

TEST_CASE("a reader that waits for a database is let go when its service ends", "[ingest][read-ahead]") {
    Reading reading;
    std::unique_ptr<ReadAhead> ahead;
    std::atomic<int> pauses{0};
    reading.on_pause = [&] {
        ++pauses;
        return ahead->pause(10min);
    };
    reading.devices.away = true;
    reading.arrive(1);
    ahead = std::make_unique<ReadAhead>(reading.reader, reading.intake, BatchLimits{});
    ahead->start();
    REQUIRE(test::eventually([&] { return pauses > 0; }));
    ahead->stop();
    CHECK(pauses == 1);
}

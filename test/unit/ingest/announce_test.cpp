// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/announce.h"

#include <vector>

#include <catch2/catch.hpp>

#include "test/unit/ingest/frames.h"

using namespace watchglass;
using namespace watchglass::ingest;
using example::chain_of;
using example::frame;

namespace {

struct FixedClock final : Clock {
    [[nodiscard]] SteadyTime steady() const override { return {}; }
    [[nodiscard]] WallTime wall() const override { return example::now; }
};

struct Heard final : Voice {
    bool open = true;
    std::vector<std::pair<DeviceId, Stored>> said;
    bool say(const DeviceId& device, const Stored& stored) override {
        if (open) said.emplace_back(device, stored);
        return open;
    }
};

struct Story {
    FixedClock clock;
    Heard voice;
    StreamLedger ledger;
    Announcer announcer{voice, clock, 42};

    void stands(std::uint8_t seq, Lane lane = Lane::telemetry) {
        ledger.moved(frame(1, 'a', lane).key(), {StreamSeq{seq}, chain_of(seq)});
    }
    void answer(StoredWhy why, Lane lane = Lane::telemetry) {
        const Answer one{example::device(), frame(1, 'a', lane).key(), why};
        announcer.announce({&one, 1}, ledger);
    }
};

}  // namespace

TEST_CASE("a statement carries position, chain, reason, history and our time", "[ingest][announce]") {
    Story story;
    story.stands(5);
    story.answer(StoredWhy::progress);
    REQUIRE(story.voice.said.size() == 1);
    const Stored& stored = story.voice.said[0].second;
    CHECK(stored.history == 42);
    CHECK(stored.server_time == example::now);
    CHECK(stored.streams ==
          std::vector<StoredStream>{{frame(1).stream, StreamSeq{5}, chain_of(5), StoredWhy::progress}});
}

TEST_CASE("what could not be said is replaced by the newer statement", "[ingest][announce]") {
    Story story;
    story.voice.open = false;
    story.stands(5);
    story.answer(StoredWhy::hole);
    story.stands(8);
    story.answer(StoredWhy::progress);
    CHECK(story.announcer.waiting() == 1);

    story.voice.open = true;
    CHECK(story.announcer.flush());
    REQUIRE(story.voice.said.size() == 1);
    CHECK(story.voice.said[0].second.streams[0].stored_through == StreamSeq{8});
    CHECK(story.voice.said[0].second.streams[0].why == StoredWhy::progress);
}

TEST_CASE("two reasons about one position: the one that asks for more is said", "[ingest][announce]") {
    Story story;
    story.voice.open = false;
    story.stands(5);
    story.answer(StoredWhy::fork);
    story.answer(StoredWhy::progress);
    story.voice.open = true;
    story.announcer.flush();
    CHECK(story.voice.said.at(0).second.streams[0].why == StoredWhy::fork);
}

TEST_CASE("both lanes of a device travel in one message", "[ingest][announce]") {
    Story story;
    story.voice.open = false;
    story.stands(5);
    story.stands(2, Lane::events);
    story.answer(StoredWhy::hello);
    story.answer(StoredWhy::hello, Lane::events);
    story.voice.open = true;
    story.announcer.flush();
    REQUIRE(story.voice.said.size() == 1);
    CHECK(story.voice.said[0].second.streams.size() == 2);
}

TEST_CASE("what could not be said under the old history is not said under the new one",
          "[ingest][announce]") {
    Story story;
    story.stands(5);
    story.voice.open = false;
    story.answer(StoredWhy::progress);
    CHECK(story.announcer.waiting() == 1);
    story.announcer.set_history(43);
    story.voice.open = true;
    CHECK(story.announcer.flush());
    CHECK(story.voice.said.empty());
    story.answer(StoredWhy::hello);
    REQUIRE(story.voice.said.size() == 1);
    CHECK(story.voice.said[0].second.history == 43);
}

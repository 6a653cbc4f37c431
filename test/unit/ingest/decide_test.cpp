// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/decide.h"

#include <catch2/catch.hpp>

#include "schemas/codec/quarantine_reasons.h"
#include "test/unit/ingest/frames.h"

using namespace watchglass;
using namespace watchglass::ingest;
using example::chain_of;
using example::frame;

namespace {

struct Desk {
    StreamLedger ledger;
    Timekeeper time;
    SteadyTime now{1'000'000};

    explicit Desk(std::uint8_t stored_through = 0) {
        ledger.learn(frame(1).key(), {StreamSeq{stored_through}, chain_of(stored_through)});
    }
    Plan decide(Batch& batch) { return ingest::decide(batch, ledger, time, now); }
};

Batch frames(std::vector<Frame> all) {
    Batch batch;
    batch.frames = std::move(all);
    return batch;
}

}  // namespace

TEST_CASE("frames in order are planned as one move of their stream", "[ingest][decide]") {
    Desk desk{4};
    Batch batch = frames({frame(5), frame(6), frame(7)});
    const Plan plan = desk.decide(batch);
    REQUIRE(plan.steps.size() == 3);
    const auto moves = moves_of(plan.steps);
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].from == StreamPosition{StreamSeq{4}, chain_of(4)});
    CHECK(moves[0].to == StreamPosition{StreamSeq{7}, chain_of(7)});
    CHECK(plan.answers == std::vector<Answer>{{frame(5).device, frame(5).key(), StoredWhy::progress}});
    CHECK(std::get<ReadableBody>(batch.frames[0].content).t == example::now);
}

TEST_CASE("a repeated frame is answered and not stored again", "[ingest][decide]") {
    Desk desk{4};
    Batch batch = frames({frame(4), frame(3)});
    const Plan plan = desk.decide(batch);
    CHECK(plan.steps.empty());
    CHECK(plan.repeats == 2);
    CHECK(plan.answers == std::vector<Answer>{{frame(4).device, frame(4).key(), StoredWhy::progress}});
}

TEST_CASE("a frame that comes twice in one batch is stored once", "[ingest][decide]") {
    Desk desk;
    Batch batch = frames({frame(1), frame(1), frame(2), frame(1)});
    const Plan plan = desk.decide(batch);
    CHECK(plan.steps.size() == 2);
    CHECK(plan.repeats == 2);
}

TEST_CASE("a hole is asked for once, however many frames stand behind it", "[ingest][decide]") {
    Desk desk{4};
    Batch batch = frames({frame(6), frame(7), frame(8)});
    CHECK(desk.decide(batch).answers ==
          std::vector<Answer>{{frame(6).device, frame(6).key(), StoredWhy::hole}});
    desk.now = desk.now + Microseconds{100'000};
    CHECK(desk.decide(batch).answers.empty());
    desk.now = desk.now + Microseconds{100'000};
    CHECK(desk.decide(batch).answers.size() == 1);
}

TEST_CASE("a hole at the very beginning of a stream is asked for once, too", "[ingest][decide]") {
    Desk desk;
    Batch batch = frames({frame(6)});
    CHECK(desk.decide(batch).answers.size() == 1);
    desk.now = desk.now + Microseconds{100'000};
    desk.ledger.drop_empty(desk.now);
    REQUIRE(desk.ledger.knows(frame(6).key()));
    CHECK(desk.decide(batch).answers.empty());
    desk.now = desk.now + Microseconds{100'000};
    desk.ledger.drop_empty(desk.now);
    CHECK_FALSE(desk.ledger.knows(frame(6).key()));
}

TEST_CASE("a rewritten history is named as a fork and not stored", "[ingest][decide]") {
    Desk desk{4};
    Frame foreign = frame(5);
    foreign.prev_chain = chain_of(99);
    Batch batch = frames({foreign});
    const Plan plan = desk.decide(batch);
    CHECK(plan.steps.empty());
    CHECK(plan.answers == std::vector<Answer>{{foreign.device, foreign.key(), StoredWhy::fork}});
}

TEST_CASE("a refused body under a readable envelope moves its stream", "[ingest][decide]") {
    Desk desk{4};
    Frame refused = frame(5);
    refused.content = RefusedBody{codec::codes::refused_by_database, ""};
    Batch batch = frames({refused, frame(6)});
    const Plan plan = desk.decide(batch);
    CHECK(plan.steps.size() == 2);
    CHECK(moves_of(plan.steps)[0].to.stored_through == StreamSeq{6});
}

TEST_CASE("a gap that begins among stored frames counts only from the first missing one",
          "[ingest][decide]") {
    Desk desk{4};
    Batch batch = frames({example::gap(2, 9), frame(10)});
    const Plan plan = desk.decide(batch);
    REQUIRE(plan.steps.size() == 2);
    CHECK(plan.steps[0].from == StreamSeq{5});
    CHECK(plan.steps[0].after.stored_through == StreamSeq{9});
}

TEST_CASE("deciding does not move the ledger, so a batch can be decided again", "[ingest][decide]") {
    Desk desk{4};
    Batch batch = frames({frame(5), frame(6)});
    CHECK(desk.decide(batch).steps.size() == 2);
    CHECK(desk.decide(batch).steps.size() == 2);
    CHECK(desk.ledger.position(frame(5).key()).stored_through == StreamSeq{4});
}

TEST_CASE("a Hello is answered with what is stored, and a differing chain with fork", "[ingest][decide]") {
    Desk desk{4};
    Batch batch;
    SECTION("the device is at our position") {
        batch.greetings.push_back(example::greeting(5, chain_of(4)));
        CHECK(desk.decide(batch).answers[0].why == StoredWhy::hello);
    }
    SECTION("the device is ahead") {
        batch.greetings.push_back(example::greeting(9, chain_of(8)));
        CHECK(desk.decide(batch).answers[0].why == StoredWhy::hello);
    }
    SECTION("the device does not know its chain, because its journal is damaged") {
        batch.greetings.push_back(example::greeting(5, Chain{}));
        CHECK(desk.decide(batch).answers[0].why == StoredWhy::hello);
    }
    SECTION("the device tells another history") {
        batch.greetings.push_back(example::greeting(5, chain_of(99)));
        CHECK(desk.decide(batch).answers[0].why == StoredWhy::fork);
    }
}

TEST_CASE("streams of other devices and lanes are independent", "[ingest][decide]") {
    Desk desk{4};
    desk.ledger.learn(frame(1, 'c').key(), {});
    desk.ledger.learn(frame(1, 'a', Lane::events).key(), {});
    Batch batch = frames({frame(5), frame(1, 'c'), frame(1, 'a', Lane::events), frame(2, 'c')});
    const Plan plan = desk.decide(batch);
    CHECK(plan.steps.size() == 4);
    CHECK(moves_of(plan.steps).size() == 3);
}

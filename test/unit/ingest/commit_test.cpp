// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/commit.h"

#include <deque>
#include <functional>

#include <catch2/catch.hpp>

#include "schemas/codec/quarantine_reasons.h"
#include "test/unit/ingest/frames.h"

using namespace watchglass;
using namespace watchglass::ingest;
using example::chain_of;
using example::frame;

namespace {

/// A database that answers by a script, or refuses one poisoned frame.
struct ScriptedVault final : Vault {
    std::deque<Outcome> script;
    std::optional<StreamSeq> poison;
    std::vector<StreamSeq> stored;
    std::vector<StreamSeq> quarantined;
    std::size_t unreadable_kept = 0;
    std::size_t calls = 0;

    Result<std::vector<StreamPosition>> positions(std::span<const StreamKey> streams) override {
        return std::vector<StreamPosition>(streams.size());
    }
    Result<std::vector<StreamPosition>> settled_positions(std::span<const StreamKey> streams) override {
        return positions(streams);
    }
    Result<std::optional<Chain>> kept_chain(const StreamKey&, StreamSeq) override { return std::nullopt; }
    Result<void> heard(std::span<const Greeting>) override { return {}; }
    Result<std::uint64_t> begin_new_history(std::uint64_t believed, const DeviceId&) override {
        return believed;
    }
    CommitAnswer commit(std::span<const Step> steps, std::span<const Unreadable> unreadable) override {
        ++calls;
        const Failure failure{codec::codes::refused_by_database, Next::give_up, "value too strange", ""};
        if (!script.empty()) {
            const Outcome outcome = script.front();
            script.pop_front();
            if (outcome != Outcome::stored) return {outcome, failure};
        }
        for (const Step& step : steps) {
            if (poison == step.frame->seq && std::holds_alternative<ReadableBody>(step.frame->content)) {
                return {Outcome::refused, failure};
            }
        }
        for (const Step& step : steps) {
            const bool refused = std::holds_alternative<RefusedBody>(step.frame->content);
            (refused ? quarantined : stored).push_back(step.frame->seq);
        }
        unreadable_kept += unreadable.size();
        return {};
    }
};

struct Story {
    ScriptedVault vault;
    StreamLedger ledger;
    Timekeeper time;
    SystemRng rng;
    std::vector<std::chrono::milliseconds> pauses;
    bool ending = false;
    Batch batch;
    Plan plan;
    Committer committer{vault,
                        ledger,
                        Backoff{std::chrono::milliseconds{10}, std::chrono::milliseconds{100}, rng},
                        [this](std::chrono::milliseconds wait) {
                            pauses.push_back(wait);
                            return !ending;
                        },
                        {}};

    explicit Story(std::uint8_t frames) {
        for (std::uint8_t n = 1; n <= frames; ++n) batch.frames.push_back(frame(n));
        ledger.learn(frame(1).key(), {});
        plan = decide(batch, ledger, time, SteadyTime{});
    }
    Committer::Done commit() { return committer.commit(plan.steps, batch.unreadable); }
    StreamSeq position() { return ledger.position(frame(1).key()).stored_through; }
};

}  // namespace

TEST_CASE("a stored plan moves the ledger", "[ingest][commit]") {
    Story story{8};
    CHECK(story.commit() == Committer::Done::all);
    CHECK(story.position() == StreamSeq{8});
    CHECK(story.vault.calls == 1);
}

TEST_CASE("one frame that the database refuses is quarantined alone and its stream goes on",
          "[ingest][commit]") {
    const std::uint8_t bad = GENERATE(std::uint8_t{1}, std::uint8_t{4}, std::uint8_t{5}, std::uint8_t{8});
    Story story{8};
    story.vault.poison = StreamSeq{bad};
    story.batch.unreadable.resize(1);
    CHECK(story.commit() == Committer::Done::all);
    CHECK(story.vault.stored.size() == 7);
    CHECK(story.vault.quarantined == std::vector<StreamSeq>{StreamSeq{bad}});
    CHECK(story.vault.unreadable_kept == 1);
    CHECK(story.position() == StreamSeq{8});
}

TEST_CASE("a database that is away is asked again, and nothing is lost", "[ingest][commit]") {
    Story story{3};
    story.vault.script = {Outcome::unreachable, Outcome::unreachable, Outcome::stored};
    CHECK(story.commit() == Committer::Done::all);
    CHECK(story.pauses.size() == 2);
    CHECK(story.vault.stored.size() == 3);
}

TEST_CASE("a program that ends stops asking a database that is away", "[ingest][commit]") {
    Story story{3};
    story.ending = true;
    story.vault.script = {Outcome::unreachable};
    CHECK(story.commit() == Committer::Done::stopped);
    CHECK(story.position() == StreamSeq{0});
}

TEST_CASE("another process's move makes us decide again", "[ingest][commit]") {
    Story story{3};
    story.vault.script = {Outcome::conflict};
    CHECK(story.commit() == Committer::Done::decide_again);
    CHECK_FALSE(story.ledger.knows(frame(1).key()));
    CHECK_FALSE(story.committer.must_settle());
}

TEST_CASE("after an unknown commit only settled rows are believed", "[ingest][commit]") {
    Story story{3};
    story.vault.script = {Outcome::unknown};
    CHECK(story.commit() == Committer::Done::decide_again);
    CHECK_FALSE(story.ledger.knows(frame(1).key()));
    CHECK(story.committer.must_settle());
}

TEST_CASE("unreadable messages are kept once although a later part is decided again", "[ingest][commit]") {
    Story story{4};
    story.batch.unreadable.resize(2);
    story.vault.script = {Outcome::refused, Outcome::stored, Outcome::conflict};
    CHECK(story.commit() == Committer::Done::decide_again);
    CHECK(story.vault.unreadable_kept == 2);
    CHECK(story.batch.unreadable.empty());
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "ingest/pipeline/announce.h"
#include "ingest/pipeline/commit.h"
#include "ingest/pipeline/intake.h"
#include "ingest/pipeline/ledger.h"
#include "ingest/pipeline/meters.h"
#include "ingest/pipeline/ports.h"
#include "ingest/pipeline/reader.h"
#include "ingest/pipeline/timekeeper.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/random.h"

namespace watchglass::ingest {

struct PipelineSettings {
    BatchLimits batch{};                 ///< of one transaction
    std::size_t streams_most = 100'000;  ///< whose positions are kept in memory, about 1 KB each
    std::uint64_t history = 0;           ///< id of the platform's history, said in each Stored
    std::chrono::milliseconds retry_first{50};
    std::chrono::milliseconds retry_most{1'000};
};

/// What the pipeline is made of; all outlive it.
struct PipelineParts {
    Intake& intake;
    DeviceRegistry& devices;
    DictionaryShelf& dictionaries;
    Vault& vault;
    Voice& voice;
    const Clock& clock;
    Rng& rng;
    Meters& meters;
    Pause pause;
    Pause reader_pause{};  ///< of a reader with a thread of its own; else `pause`
};

/// From messages to rows that survive, and back to the devices: take, decode, decide, commit, announce.
///
/// In turn() one thread does all of it. Or one runs ahead with reader() while another calls store(); everything else belongs
/// to the second.
class Pipeline {
public:
    Pipeline(PipelineSettings settings, PipelineParts parts);

    /// One batch, waiting up to `patience` for its first message. It commits what there is: alone when little comes
    /// (latency), a full batch when much does (throughput). False when the program ends.
    bool turn(Microseconds patience);

    [[nodiscard]] Reader& reader() { return reader_; }
    /// Decides, commits and announces what was read, and empties the batch. An empty one: only says what could not be said
    /// before. False when the program ends.
    bool store(Batch& batch);

    /// What was read ahead of the first frames, so that they need not wait for it.
    void learn(const StreamKey& stream, const StreamPosition& position) { ledger_.learn(stream, position); }
    void learn(const DeviceKey& device, BootId boot, const Anchor& anchor) {
        time_.restore(device, boot, anchor);
    }

    /// Others have moved streams since they were learned: they are read again when needed.
    void forget_positions() { ledger_.forget_all(); }

    /// Another of the platform's histories is valid: told by the database.
    void set_history(std::uint64_t history);
    [[nodiscard]] std::uint64_t history() const { return announcer_.history(); }

    [[nodiscard]] const Timekeeper& time() const { return time_; }

private:
    Result<void> load_positions(const Batch& batch);
    void forget_lost_database();

    // comparison.cpp
    Result<void> load_chains(const Batch& batch);
    Result<void> answer_probes(Batch& batch);
    Result<Narrowed> narrow(const StreamKey& key, const HelloStream& told);
    Result<void> look_for_restore(Batch& batch);
    Result<bool> holds_what_was_told(const StreamKey& key, const HelloStream& told);
    Result<std::optional<Chain>> chain_at(const StreamKey& key, StreamSeq seq);
    /// Chains asked of the database for one batch: each takes a few milliseconds.
    static constexpr std::size_t most_look_ups = 16;

    template <class Attempt>
    bool insist(Attempt attempt, std::string_view event);
    bool store_all(Batch& batch);
    void count_stored(const Plan& plan, SteadyTime began);

    PipelineSettings settings_;
    PipelineParts parts_;
    Reader reader_;
    Batch batch_;  ///< of turn()
    StreamLedger ledger_;
    Timekeeper time_;
    Committer committer_;
    Announcer announcer_;
    std::size_t look_ups_left_ = 0;
    std::uint64_t sessions_lost_ = 0;  ///< as last looked at
};

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "ingest/pipeline/ports.h"
#include "test/simulation/truth.h"
#include "test/simulation/world.h"

namespace watchglass::simulation {

/// What a database holds: plain values, so that a backup is a copy.
struct Tables {
    enum class Kind : std::uint8_t { frame, gap, quarantined };
    /// What one transaction wrote at a place.
    struct Row {
        Kind kind = Kind::frame;
        StreamSeq through{};
        Chain chain{};
        std::optional<GapCause> cause;
        std::vector<ReadingId> readings;
        WallTime last_observed;  ///< the platform's time of its last reading
        bool possible_repeat = false;
        bool fork_alarm = false;  ///< an alarm in it says that there was a fork
        Bytes payload;            ///< as received
    };
    using RowKey = std::pair<ingest::StreamKey, StreamSeq>;
    std::map<ingest::StreamKey, ingest::StreamPosition> streams;
    std::map<RowKey, Row> rows;
    std::uint64_t unplaced = 0;  ///< quarantined without a position
    std::uint64_t history = 1;
};

/// One transaction's wishes, all or nothing.
struct Transaction {
    struct Write {
        ingest::StreamKey stream;
        StreamSeq from{};
        ingest::StreamPosition before;
        ingest::StreamPosition after;
        Tables::Row row;
    };
    std::vector<Write> writes;
    std::uint64_t unplaced = 0;
};

/// A PostgreSQL that can go away, be killed with transactions open, fill up, lose an answer, be backed up and restored.
class Database {
public:
    explicit Database(World& world) : world_(world) {}

    [[nodiscard]] bool reachable() const { return world_.now() >= away_until_; }
    [[nodiscard]] bool full() const { return full_; }
    /// Another one after a kill or a restore: transactions begun before are gone.
    [[nodiscard]] std::uint64_t run() const { return run_; }

    /// COMMIT. False: a stream stands elsewhere than expected.
    bool commit(const Transaction& transaction);
    /// The connection broke, the server goes on: it commits by itself in a while, and holds the rows until then.
    void commit_later(Transaction transaction, Microseconds delay);
    /// Waits for transactions that hold rows.
    void settle();
    [[nodiscard]] bool refuses(const Transaction::Write& write) const;
    /// Until then a chain is kept for each of the last so many frames of a stream.
    [[nodiscard]] std::optional<Chain> kept_chain(const ingest::StreamKey& stream, StreamSeq seq) const;

    /// As storage does it: only where `believed` is valid, on devices' word at most once a minute, on one device's at
    /// most once in ten. Answers the valid one.
    std::uint64_t begin_new_history(std::uint64_t believed, const DeviceId& witness);
    /// Told to whoever listens.
    std::function<void(std::uint64_t)> on_history;

    // Faults.
    void go_away(Microseconds time);
    void kill(Microseconds down);
    void set_full(bool full) { full_ = full; }
    void refuse(ReadingId reading) { poison_.insert(reading); }
    void back_up();
    /// The state of the last backup. By hand: under another history id, as the manual says.
    bool restore(Microseconds down, bool by_hand);
    void calm();

    Tables tables;
    static constexpr std::uint64_t chains_kept = 400;

private:
    World& world_;
    Microseconds away_until_{0};
    bool full_ = false;
    std::uint64_t run_ = 0;
    std::uint64_t histories_ = 1;
    std::map<DeviceId, Microseconds> began_;  ///< when each device's word last began one
    std::set<ReadingId> poison_;
    std::optional<Tables> backup_;
    std::vector<Transaction> in_doubt_;
};

}  // namespace watchglass::simulation

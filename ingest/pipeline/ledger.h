// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <set>

#include "ingest/pipeline/batch.h"
#include "libs/foundation/clock.h"

namespace watchglass::ingest {

/// What is offered for the next place of a stream: frame `from` == `to`, or a gap.
struct Offer {
    StreamSeq from{};
    StreamSeq to{};
    Chain before{};
    Chain after{};
    bool gap = false;
};

enum class Verdict {
    accept,  ///< fits exactly: store it and move the stream
    repeat,  ///< stored before: say so again, store nothing
    hole,    ///< something before it is missing: ask for it
    fork,    ///< another history under the same name: a clone or a rolled-back image
};

/// The last chains of a stream, so that a repeat can be told from a fork. Bounded: the platform compares what it
/// still knows.
class RecentChains {
public:
    void add(StreamSeq seq, const Chain& chain);
    [[nodiscard]] std::optional<Chain> at(StreamSeq seq) const;

private:
    struct Entry {
        StreamSeq seq{};
        Chain chain{};
    };
    std::array<Entry, 32> ring_{};
    std::size_t next_ = 0;
};

/// The rules of delivery.md for one offer, as a pure function.
///
/// - at or below the stored position: repeat, or fork when the chain known for that place is another one. A gap that
///   reaches beyond what is stored is accepted for the part beyond.
/// - right behind it: accept when the chain fits, else fork. A gap may leave its chain before all zero: the frame in
///   front of it may be the very one that was lost.
/// - further on: hole.
Verdict judge(const StreamPosition& stored, const RecentChains& recent, const Offer& offer);

/// What this process believes is stored, per stream: a copy of the database's rows, moved only by a commit that is
/// known to have happened. One thread.
class StreamLedger {
public:
    /// Between two requests to fill the same hole.
    static constexpr Microseconds hole_pause{200'000};

    [[nodiscard]] bool knows(const StreamKey& key) const;
    /// Takes over what the database says.
    void learn(const StreamKey& key, const StreamPosition& position);
    /// Ask the database again before deciding about it. Chains seen before stay, so that the comparison of repeats
    /// is not blinded.
    void forget(const StreamKey& key);
    /// Nothing that is remembered counts any more, chains included: the database is another one.
    void forget_all() {
        streams_.clear();
        empty_.clear();
    }
    /// Committed: the stream stands at `position` now.
    void moved(const StreamKey& key, const StreamPosition& position);
    /// A chain from the database's records, for comparison alone.
    void remember(const StreamKey& key, StreamSeq seq, const Chain& chain) {
        streams_.at(key).recent.add(seq, chain);
    }
    /// The stream must be known.
    [[nodiscard]] const StreamPosition& position(const StreamKey& key) const {
        return streams_.at(key).position;
    }
    [[nodiscard]] const RecentChains& recent(const StreamKey& key) const { return streams_.at(key).recent; }
    /// True at most once per (stream, stored position) in `hole_pause`.
    bool may_ask_for_hole(const StreamKey& key, SteadyTime now);

    /// Lets go of streams that stand at 0: they have no row, and a device may name any number of them. One whose
    /// hole was asked for in the last `hole_pause` stays, so that the pause holds.
    void drop_empty(SteadyTime now);

    /// Lets go of the streams that were asked for longest ago when there are more than `most`, down to three quarters of
    /// it: they are read from the database again when somebody speaks of them.
    void bound(std::size_t most);

    [[nodiscard]] std::size_t size() const { return streams_.size(); }

private:
    struct State {
        bool known = false;
        std::uint64_t used = 0;  ///< when, on a clock that counts uses
        StreamPosition position;
        RecentChains recent;
        std::optional<StreamSeq> hole_asked_at;
        SteadyTime hole_asked;
    };
    static bool hole_asked_lately(const State& state, SteadyTime now);

    std::map<StreamKey, State> streams_;
    std::uint64_t uses_ = 0;
    std::set<StreamKey> empty_;  ///< those of streams_ that stand at 0
};

}  // namespace watchglass::ingest

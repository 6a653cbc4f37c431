// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ingest/pipeline/ledger.h"
#include "ingest/pipeline/ports.h"
#include "libs/foundation/backoff.h"

namespace watchglass::ingest {

/// How a committer waits before it tries again; false when the program ends and nothing shall be tried any more.
using Pause = std::function<bool(std::chrono::milliseconds)>;

/// What the committer saw, for metrics.
struct CommitEvents {
    std::function<void(Outcome, std::size_t steps)> on_attempt;
    std::function<void(const Frame&, const Failure&)> on_refused;  ///< a frame goes to quarantine alone
    std::function<void(const Unreadable&)> on_kept;                ///< stored in quarantine
};

/// Fourth step: makes a plan durable.
///
/// - stored: the ledger moves.
/// - refused for its data: halved until the one frame that cannot be stored stands alone; its body goes to
///   quarantine and its stream goes on.
/// - unreachable: kept, and tried again after a growing pause, for as long as it takes. Meanwhile nothing is taken
///   from the intake, so that the wait reaches the broker.
/// - conflict or unknown: the ledger forgets the streams; the caller loads them again and decides again.
class Committer {
public:
    enum class Done { all, decide_again, stopped };

    Committer(Vault& vault, StreamLedger& ledger, Backoff backoff, Pause pause, CommitEvents events);

    /// Empties `unreadable` once it is stored, so that deciding again does not keep it twice.
    Done commit(std::span<Step> steps, std::vector<Unreadable>& unreadable);
    /// After an unknown outcome the rows are read behind any transaction that still holds them.
    [[nodiscard]] bool must_settle() const { return must_settle_; }
    void settled() { must_settle_ = false; }

private:
    Done halve(std::span<Step> steps, std::vector<Unreadable>& unreadable);
    void move_ledger(std::span<const Step> steps);
    void forget(std::span<const Step> steps);

    Vault& vault_;
    StreamLedger& ledger_;
    Backoff backoff_;
    Pause pause_;
    CommitEvents events_;
    bool must_settle_ = false;
};

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection_pool.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/frame_store.h"
#include "storage/telemetry/latest_store.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// Everything that one transaction of ingest stores.
struct TelemetryBatch {
    WallTime received;             ///< of the batch: the commit record's time
    std::vector<StreamRun> runs;   ///< one per stream; may be empty when only unreadable messages are kept
    std::vector<FrameRow> frames;  ///< accepted frames, in stream order within each stream
    std::vector<EventRow> events;
    std::vector<GapRow> gaps;
    std::vector<RepeatRow> repeats;
    std::vector<QuarantineRow> quarantined;

    void clear();  ///< keeps the memory
    [[nodiscard]] bool empty() const;
};

/// Commits whole batches: stream positions, frames, events, gaps and quarantine in one transaction. The latest values
/// follow behind (LatestStore).
///
///     yes      everything is on disk: announce it
///     no       nothing is: failure tells why. storage.stream_moved -> load the streams and decide again;
///              storage.refused_data -> halve the batch until the frame that is refused stands alone;
///              next == retry_later -> keep the batch and try again
///     unknown  say nothing; settle() first
///
/// One thread (it keeps buffers from batch to batch); the pool outlives it.
class TelemetryWriter {
public:
    explicit TelemetryWriter(ConnectionPool& pool);

    CommitOutcome commit(const TelemetryBatch& batch);
    /// The number of the last commit that said yes and moved a stream; 0: there was none.
    [[nodiscard]] std::int64_t last_commit() const { return last_commit_; }

    /// After `unknown`: where these streams really stand, once whoever was changing them has finished.
    Result<std::vector<StreamState>> settle(std::span<const StreamKey> streams);

    /// Commits one quarantined frame that can be read now, at its old place in the stream, and marks it replayed.
    /// No with storage.already_exists when somebody else was faster.
    CommitOutcome commit_replay(std::int64_t quarantine_id, const TelemetryBatch& batch);

private:
    Result<void> write(UnitOfWork& unit, const TelemetryBatch& batch);
    ConnectionPool& pool_;
    FrameStore frames_;
    LatestStore latest_;  ///< of replays
    std::int64_t last_commit_ = 0;
};

}  // namespace watchglass::storage

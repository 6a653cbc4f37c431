// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>

#include "libs/foundation/result.h"
#include "storage/postgres/binary_copy.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// Hot history: one row per accepted frame, appended by binary COPY. Table `frames`.
/// Keeps its buffer and what it knows of partitions from batch to batch. One thread.
class FrameStore {
public:
    /// Makes the day partitions that these frames, and the record of a commit at `received`, need and that are not
    /// there yet. Call outside a unit of work: each is a short transaction of its own. Usually answers from memory.
    Result<void> prepare(Connection& connection, std::span<const FrameRow> frames, WallTime received);

    /// Appends the frames that have changes; answers how many rows that made. Fails with storage.refused_data when
    /// PostgreSQL refuses one of them (a NUL in a text).
    Result<std::int64_t> append(UnitOfWork& unit, std::span<const FrameRow> frames);

    /// Forget which partitions exist: after a failure.
    void forget_partitions() { known_.clear(); }

private:
    CopyBuffer buffer_;
    std::set<std::pair<std::int16_t, std::int64_t>>
        known_;  ///< (retention class, day since 1970); class 0: commits
};

}  // namespace watchglass::storage

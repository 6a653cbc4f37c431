// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "libs/foundation/result.h"
#include "schemas/values/resolution.h"
#include "storage/history/readings.h"
#include "storage/postgres/binary_copy.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage::history {

/// One instrument's frames of one leaf partition of `frames`, as far as they are to be closed.
struct Piece {
    RetentionClass retention{1};
    DeviceKey device;
    WallTime day;              ///< 00:00 UTC of the partition
    WallTime horizon;          ///< only frames that begin before
    WallTime received_before;  ///< and were received before: what arrives late and in bulk is left to arrive
    std::int32_t most_frames = 10'000;  ///< more are left for another call; bounds memory and the transaction
};

struct Closed {
    std::int64_t frames = 0, samples = 0, chunks = 0;
    WallTime oldest;    ///< time of the earliest frame, when there was one
    bool more = false;  ///< the bound was reached: call again
};

/// Turns frames into chunks: reads them, merges their readings with the chunks of their hours, deletes exactly what was
/// read and writes the chunks, in one transaction at REPEATABLE READ. Whenever it fails or is killed, nothing happened.
///
/// A frame that runs over the end of its hour is closed with it, and puts its last readings into the next hour's chunk:
/// that one is small then, and writing it anew costs little.
///
/// Locks only the rows it deletes, and tables as any INSERT and DELETE does. Another closer of the same rows makes one of
/// both fail with storage.busy or storage.already_exists. Keeps buffers from call to call. One thread.
class FrameCloser {
public:
    Result<Closed> close(Connection& connection, const Piece& piece);

private:
    Result<void> make_partitions(Connection& connection, const Piece& piece);
    Result<void> learn_resolutions(UnitOfWork& unit, std::int32_t dictionary);
    Result<std::int64_t> write_chunks(UnitOfWork& unit, const Piece& piece, ReadingsByChunk::Map& chunks);

    std::set<std::pair<std::int16_t, std::int64_t>> partitions_;  ///< (class, day) whose chunks have a place
    std::map<std::int32_t, std::map<std::int16_t, Resolution>>
        resolutions_;  ///< by dictionary, then parameter
    CopyBuffer buffer_;
};

}  // namespace watchglass::storage::history

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "storage/history/chunk.h"
#include "storage/postgres/rows.h"

namespace watchglass::storage::history {

/// Whose readings a chunk holds, within one instrument and one retention class.
struct ChunkKey {
    std::int16_t parameter = 0;
    std::int32_t dictionary = 0;
    std::string sub_device;
    std::int64_t hour_us = 0;
    friend auto operator<=>(const ChunkKey&, const ChunkKey&) = default;
};

/// Readings of one instrument, sorted into series and hours. Texts point into the Rows they were read from, which must
/// outlive this.
class ReadingsByChunk {
public:
    using Map = std::map<ChunkKey, std::vector<Reading>>;

    /// All readings of the frames `rows[0..count)`, with the columns of frame_columns; answers how many.
    std::int64_t add_frames(const Rows& rows, int count);
    /// The readings of chunks, with the columns of chunk_columns.
    void add_chunks(const Rows& rows);

    [[nodiscard]] Map& chunks() { return chunks_; }

private:
    std::int64_t add_frame(const Row& row);
    Map chunks_;
};

inline constexpr const char* frame_columns =
    "t, device_us, dictionary, clock_quality, sub_device, parameters, offsets_us, numbers, texts";

/// Columns of series_chunks, `c`, that make a Chunk, after those of its key.
inline constexpr const char* chunk_columns =
    "c.parameter, c.dictionary, c.sub_device, c.hour, c.count, c.base_us, c.unit_us, c.base, c.scale, "
    "c.divisor, "
    "c.shift_us, c.clock_quality, c.offsets2, c.offsets4, c.steps2, c.steps4, c.numbers, c.texts, "
    "c.clock_qualities, "
    "c.shifts_us";

}  // namespace watchglass::storage::history

// SPDX-License-Identifier: Apache-2.0
#include "storage/history/readings.h"

namespace watchglass::storage::history {
namespace {

Chunk chunk_of(const Row& row, std::vector<std::string_view> texts) {
    Chunk chunk;
    chunk.count = row.int32(4);
    chunk.base_us = row.int64(5);
    chunk.unit_us = row.int64(6);
    if (!row.is_null(7)) chunk.scale = {row.int64(7), row.int64(8), row.number(9)};
    chunk.shift_us = row.optional_int64(10);
    if (!row.is_null(11)) chunk.quality = static_cast<ClockQuality>(row.int16(11));
    chunk.offsets2 = row.int16s(12);
    chunk.offsets4 = row.int32s(13);
    chunk.steps2 = row.int16s(14);
    chunk.steps4 = row.int32s(15);
    chunk.numbers = row.numbers(16);
    chunk.texts = std::move(texts);
    chunk.qualities = row.int16s(18);
    chunk.shifts_us = row.int64s(19);
    return chunk;
}

}  // namespace

std::int64_t ReadingsByChunk::add_frame(const Row& row) {
    const std::int64_t t_us = row.time(0).us;
    const std::int64_t device_us = row.int64(1);
    const auto quality = static_cast<ClockQuality>(row.int16(3));
    ChunkKey key{0, row.int32(2), row.text(4), 0};
    const auto parameters = row.int16s(5);
    const auto offsets = row.int32s(6);
    const auto numbers = row.numbers(7);
    const auto texts = row.text_views(8);

    for (std::size_t i = 0; i < parameters.size(); ++i) {
        Reading reading;
        reading.t_us = t_us + offsets[i];
        reading.number = numbers[i];
        if (!texts.empty()) reading.text = texts[i];
        reading.shift_us = shift_of(device_us + offsets[i], reading.t_us);
        reading.quality = quality;
        key.parameter = parameters[i];
        key.hour_us = floor_to(reading.t_us, hour_us);
        chunks_[key].push_back(reading);
    }
    return static_cast<std::int64_t>(parameters.size());
}

std::int64_t ReadingsByChunk::add_frames(const Rows& rows, int count) {
    std::int64_t samples = 0;
    for (int i = 0; i < count; ++i) samples += add_frame(rows[i]);
    return samples;
}

void ReadingsByChunk::add_chunks(const Rows& rows) {
    for (const Row row : rows) {
        const ChunkKey key{row.int16(0), row.int32(1), row.text(2), row.time(3).us};
        decode(chunk_of(row, row.text_views(17)), chunks_[key]);
    }
}

}  // namespace watchglass::storage::history

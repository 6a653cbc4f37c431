// SPDX-License-Identifier: Apache-2.0
#include "storage/history/close_frames.h"

#include <algorithm>
#include <array>
#include <string>

#include "storage/postgres/codes.h"

namespace watchglass::storage::history {
namespace {

constexpr std::int64_t longest_frame_us = 900'000'000;

/// The frames of a piece; `$6` is where it ends. Said once, so that what is deleted is what was read: at REPEATABLE READ
/// both statements see the same rows.
constexpr const char* frames_of_piece =
    " FROM watchglass.frames WHERE class = $1 AND tenant = $2 AND device = $3 AND t >= $4 AND received < $5 "
    "AND t < $6";

/// The chunks of a list of keys `k`, likewise.
constexpr const char* keys =
    " unnest($4::smallint[], $5::int[], $6::text[], $7::timestamptz[]) AS k(parameter, dictionary, "
    "sub_device, hour)";
constexpr const char* of_keys =
    " WHERE c.class = $1 AND c.tenant = $2 AND c.device = $3 AND c.hour >= $8 AND c.hour <= $9"
    " AND c.parameter = k.parameter AND c.dictionary = k.dictionary AND c.sub_device = k.sub_device AND "
    "c.hour = k.hour";

constexpr std::int16_t chunk_fields = 31;
constexpr const char* chunks_table =
    "watchglass.series_chunks (tenant, device, hour, first_t, last_t, base_us, unit_us, min, max, sum, "
    "first, last, area, "
    "base, scale, divisor, shift_us, dictionary, count, class, parameter, clock_quality, sub_device, "
    "offsets2, offsets4, "
    "steps2, steps4, numbers, texts, clock_qualities, shifts_us)";

/// At REPEATABLE READ this cannot be; should it be, everything stays as it was.
Result<void> as_many_as_read(const Result<Rows>& deleted, std::int64_t read) {
    if (!deleted) return failed(deleted);
    if (deleted->affected() == read) return {};
    return failed(Failure{codes::busy, Next::retry_later, {}, "other rows would be deleted than were read"});
}

/// What is closed of the frames that were read, in the order of their time.
struct Cut {
    int frames = 0;
    WallTime end;  ///< frames before this
    bool more = false;
};

/// Everything; when there were too many, whole hours, if one is complete.
Cut cut(const Rows& frames, const Piece& piece) {
    const int count = frames.size();
    const WallTime day_end{piece.day.us + day_us};
    if (count < piece.most_frames) return {count, std::min(piece.horizon, day_end), false};
    const std::int64_t last_us = frames[count - 1].time(0).us;
    const std::int64_t last_hour = floor_to(last_us, hour_us);
    if (frames[0].time(0).us >= last_hour) return {count, WallTime{last_us + 1}, true};
    int complete = count;
    while (frames[complete - 1].time(0).us >= last_hour) --complete;
    return {complete, WallTime{last_hour}, true};
}

/// $1 to $6 of frames_of_piece.
std::array<Param, 6> frame_range(const Piece& piece, WallTime end) {
    return {piece.retention, piece.device.tenant, piece.device.device, piece.day, piece.received_before, end};
}

/// $1 to $9 of `keys` and `of_keys`.
std::array<Param, 9> chunk_range(const Piece& piece, const ReadingsByChunk::Map& chunks) {
    std::vector<std::int16_t> parameters;
    std::vector<std::int32_t> dictionaries;
    std::vector<std::string> sub_devices;
    std::vector<WallTime> hours;
    WallTime first{chunks.begin()->first.hour_us}, last = first;
    for (const auto& [key, readings] : chunks) {
        parameters.push_back(key.parameter);
        dictionaries.push_back(key.dictionary);
        sub_devices.push_back(key.sub_device);
        hours.push_back(WallTime{key.hour_us});
        first = std::min(first, hours.back());
        last = std::max(last, hours.back());
    }
    return {piece.retention,
            piece.device.tenant,
            piece.device.device,
            parameters,
            dictionaries,
            sub_devices,
            hours,
            first,
            last};
}

Result<Rows> read_frames(UnitOfWork& unit, const Piece& piece) {
    const WallTime end{std::min(piece.horizon.us, piece.day.us + day_us)};
    auto params = frame_range(piece, end);
    // Frames of one moment stay together, so that a moment can be where the piece ends.
    return unit.connection().run(std::string("SELECT ") + frame_columns + frames_of_piece +
                                     " ORDER BY t FETCH FIRST (" + std::to_string(piece.most_frames) +
                                     ") ROWS WITH TIES",
                                 params);
}

Result<void> delete_frames(UnitOfWork& unit, const Piece& piece, const Cut& taken) {
    const auto params = frame_range(piece, taken.end);
    return as_many_as_read(unit.connection().run(std::string("DELETE") + frames_of_piece, params),
                           taken.frames);
}

/// Takes the chunks of the readings' hours out of the table.
Result<Rows> take_chunks(UnitOfWork& unit, const Piece& piece, const ReadingsByChunk::Map& chunks) {
    const auto params = chunk_range(piece, chunks);
    auto rows = unit.connection().run(
        std::string("SELECT ") + chunk_columns + " FROM watchglass.series_chunks c," + keys + of_keys,
        params);
    if (!rows || rows->empty()) return rows;
    const auto deleted = unit.connection().run(
        std::string("DELETE FROM watchglass.series_chunks c USING") + keys + of_keys, params);
    if (const auto all = as_many_as_read(deleted, rows->size()); !all) return failed(all);
    return rows;
}

template <class Array, class Write>
void optional_array(CopyBuffer& row, const Array& array, Write write) {
    if (array.empty()) {
        row.null();
    } else {
        (row.*write)(array);
    }
}

void write_summary(CopyBuffer& row, const std::optional<Chunk::Summary>& summary) {
    if (!summary) {
        for (int i = 0; i < 6; ++i) row.null();
        return;
    }
    for (const double v :
         {summary->min, summary->max, summary->sum, summary->first, summary->last, summary->area})
        row.float8(v);
}

void write_scale(CopyBuffer& row, const std::optional<Chunk::Scale>& scale) {
    if (!scale) {
        for (int i = 0; i < 3; ++i) row.null();
        return;
    }
    row.int8(scale->base);
    row.int8(scale->scale);
    row.float8(scale->divisor);
}

void write_arrays(CopyBuffer& row, const Chunk& chunk) {
    optional_array(row, chunk.offsets2, &CopyBuffer::int2s);
    optional_array(row, chunk.offsets4, &CopyBuffer::int4s);
    optional_array(row, chunk.steps2, &CopyBuffer::int2s);
    optional_array(row, chunk.steps4, &CopyBuffer::int4s);
    optional_array(row, chunk.numbers, &CopyBuffer::float8s);
    optional_array(row, chunk.texts, &CopyBuffer::texts);
    optional_array(row, chunk.qualities, &CopyBuffer::int2s);
    optional_array(row, chunk.shifts_us, &CopyBuffer::int8s);
}

void write_chunk(CopyBuffer& row, const Piece& piece, const ChunkKey& key, const Chunk& chunk) {
    row.int4(piece.device.tenant.value());
    row.int4(piece.device.device.value());
    row.timestamptz(WallTime{key.hour_us});
    row.timestamptz(WallTime{chunk.first_us});
    row.timestamptz(WallTime{chunk.last_us});
    row.int8(chunk.base_us);
    row.int8(chunk.unit_us);
    write_summary(row, chunk.summary);
    write_scale(row, chunk.scale);
    chunk.shift_us ? row.int8(*chunk.shift_us) : row.null();
    row.int4(key.dictionary);
    row.int4(chunk.count);
    row.int2(piece.retention.value());
    row.int2(key.parameter);
    chunk.quality ? row.int2(static_cast<std::int16_t>(*chunk.quality)) : row.null();
    row.text(key.sub_device);
    write_arrays(row, chunk);
}

}  // namespace

/// Of the piece's day, and of the next: a frame's readings may run over midnight.
Result<void> FrameCloser::make_partitions(Connection& connection, const Piece& piece) {
    for (const std::int64_t us : {piece.day.us, piece.day.us + day_us + longest_frame_us}) {
        const std::int64_t day = us / day_us;
        if (partitions_.contains({piece.retention.value(), day})) continue;
        const auto made =
            connection.run("SELECT watchglass.ensure_chunk_partition($1, date 'epoch' + $2::int)",
                           {piece.retention, static_cast<std::int32_t>(day)});
        if (!made) return failed(made);
        partitions_.emplace(piece.retention.value(), day);
    }
    return {};
}

Result<void> FrameCloser::learn_resolutions(UnitOfWork& unit, std::int32_t dictionary) {
    if (resolutions_.contains(dictionary)) return {};
    const auto rows =
        unit.run("SELECT number, resolution FROM watchglass.dictionary_parameters WHERE dictionary = $1",
                 {dictionary});
    if (!rows) return failed(rows);
    std::map<std::int16_t, Resolution> known;
    for (const Row row : *rows) {
        const auto resolution = Resolution::parse(row.view(1));
        if (!resolution) return failed(resolution);
        known.emplace(row.int16(0), *resolution);
    }
    resolutions_.emplace(dictionary, std::move(known));
    return {};
}

Result<std::int64_t> FrameCloser::write_chunks(UnitOfWork& unit, const Piece& piece,
                                               ReadingsByChunk::Map& chunks) {
    for (const auto& [key, readings] : chunks)
        if (const auto learned = learn_resolutions(unit, key.dictionary); !learned) return failed(learned);
    BinaryCopy copy{unit, buffer_, chunks_table};
    for (auto& [key, readings] : chunks)
        write_chunk(copy.row(chunk_fields), piece, key,
                    encode(readings, resolutions_[key.dictionary][key.parameter]));
    return copy.finish();
}

Result<Closed> FrameCloser::close(Connection& connection, const Piece& piece) {
    if (const auto made = make_partitions(connection, piece); !made) return failed(made);
    auto unit = UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    if (const auto set = unit->run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); !set)
        return failed(set);

    const auto frames = read_frames(*unit, piece);
    if (!frames) return failed(frames);
    if (frames->empty()) return Closed{};
    const Cut taken = cut(*frames, piece);
    ReadingsByChunk readings;
    const auto samples = readings.add_frames(*frames, taken.frames);

    const auto before = take_chunks(*unit, piece, readings.chunks());
    if (!before) return failed(before);
    readings.add_chunks(*before);
    if (const auto gone = delete_frames(*unit, piece, taken); !gone) return failed(gone);
    const auto written = write_chunks(*unit, piece, readings.chunks());
    if (!written) {
        partitions_.clear();  // one may have been dropped as past its keep
        return failed(written);
    }
    if (const auto outcome = unit->commit(); outcome.committed != Committed::yes)
        return failed(*outcome.failure);
    return Closed{taken.frames, samples, *written, (*frames)[0].time(0), taken.more};
}

}  // namespace watchglass::storage::history

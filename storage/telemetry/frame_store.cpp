// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/frame_store.h"

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int16_t commits_class = 0;

std::int64_t day_of(WallTime t) { return t.us / day_us - (t.us % day_us < 0 ? 1 : 0); }

constexpr std::int16_t fields = 17;
constexpr const char* frames_columns =
    "watchglass.frames (tenant, device, t, received, device_us, epoch, seq, dictionary, class, lane, "
    "clock_quality, "
    "time_replaced, sub_device, parameters, offsets_us, numbers, texts)";

void write_row(CopyBuffer& row, const FrameRow& frame) {
    row.int4(frame.device.tenant.value());
    row.int4(frame.device.device.value());
    row.timestamptz(frame.t);
    row.timestamptz(frame.received);
    row.int8(frame.device_us);
    row.int8(of(frame.stream.epoch));
    row.int8(of(frame.seq));
    row.int4(frame.dictionary.value());
    row.int2(frame.retention.value());
    row.int2(of(frame.stream.lane));
    row.int2(of(frame.clock_quality));
    row.boolean(frame.time_replaced);
    row.text(frame.sub_device);
    row.int2s(frame.parameters);
    row.int4s(frame.offsets_us);
    row.float8s(frame.numbers);
    if (frame.texts.empty()) {
        row.null();
    } else {
        row.texts(frame.texts);
    }
}

}  // namespace

Result<void> FrameStore::prepare(Connection& connection, std::span<const FrameRow> frames,
                                 WallTime received) {
    const auto ensure = [&](std::int16_t retention, std::int64_t day) -> Result<void> {
        if (known_.contains({retention, day})) return {};
        const auto days = static_cast<std::int32_t>(day);
        auto made =
            retention == commits_class
                ? connection.run("SELECT watchglass.ensure_commit_partition(date 'epoch' + $1::int)", {days})
                : connection.run("SELECT watchglass.ensure_frame_partition($1, date 'epoch' + $2::int)",
                                 {retention, days});
        if (!made) return failed(made);
        known_.emplace(retention, day);
        return {};
    };
    if (auto made = ensure(commits_class, day_of(received)); !made) return made;
    for (const FrameRow& frame : frames)
        if (!frame.parameters.empty())
            if (auto made = ensure(frame.retention.value(), day_of(frame.t)); !made) return made;
    return {};
}

Result<std::int64_t> FrameStore::append(UnitOfWork& unit, std::span<const FrameRow> frames) {
    bool any = false;
    for (const FrameRow& frame : frames) any = any || !frame.parameters.empty();
    if (!any) return 0;

    BinaryCopy copy{unit, buffer_, frames_columns};
    for (const FrameRow& frame : frames)
        if (!frame.parameters.empty()) write_row(copy.row(fields), frame);
    return copy.finish();
}

}  // namespace watchglass::storage

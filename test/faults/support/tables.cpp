// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/tables.h"

#include <map>
#include <stdexcept>

#include "test/support/wait.h"

namespace watchglass::faults {
namespace {

class Reader {
public:
    Reader(storage::Connection& connection, const storage::DeviceKey& device)
        : connection_(connection), device_(device) {}

    /// `$1` and `$2` are tenant and device.
    storage::Rows rows(const std::string& sql) {
        auto answer = connection_.run(sql, {device_.tenant, device_.device});
        if (!answer)
            throw std::runtime_error(sql + ": " + answer.error().message() + " " + answer.error().cause);
        return std::move(*answer);
    }

private:
    storage::Connection& connection_;
    storage::DeviceKey device_;
};

StreamId stream_of(const storage::Row& row, int lane) {
    return {static_cast<Lane>(row.int16(lane)), Epoch{row.uint64(lane + 1)}};
}

void read_frames(Reader& reader, History& history) {
    const auto rows = reader.rows(
        "SELECT lane, epoch, seq, t, device_us, parameters, offsets_us, numbers FROM watchglass.frames "
        "WHERE tenant = $1 AND device = $2 ORDER BY lane, epoch, seq");
    for (const auto row : rows) {
        FrameRow frame{stream_of(row, 0), row.uint64(2), {}, {}};
        const auto parameters = row.int16s(5);
        const auto offsets = row.int32s(6);
        const auto numbers = row.numbers(7);
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            frame.told.push_back(
                {frame.stream.lane, row.int64(4) + offsets[i], parameters[i], 0, numbers[i]});
            frame.corrected_us.push_back(row.time(3).us + offsets[i]);
        }
        history.frames.push_back(std::move(frame));
    }
}

/// Rows of one frame are one frame here.
void read_events(Reader& reader, History& history) {
    const auto rows = reader.rows(
        "SELECT lane, epoch, seq, t, device_us, coalesce(parameter, 0), kind, coalesce(value, 0) "
        "FROM watchglass.frame_events WHERE tenant = $1 AND device = $2 ORDER BY lane, epoch, seq, ordinal");
    for (const auto row : rows) {
        const StreamId stream = stream_of(row, 0);
        auto& frames = history.frames;
        if (frames.empty() || frames.back().stream != stream || frames.back().seq != row.uint64(2))
            frames.push_back({stream, row.uint64(2), {}, {}});
        frames.back().told.push_back({stream.lane, row.int64(4), row.int32(5), row.int16(6), row.number(7)});
        frames.back().corrected_us.push_back(row.time(3).us);
    }
}

void read_streams(Reader& reader, History& history) {
    std::map<StreamId, std::vector<CommittedRun>> commits;
    const auto runs = reader.rows(
        "SELECT u.lane, u.epoch, u.f, u.through FROM watchglass.commits c CROSS JOIN LATERAL "
        "unnest(c.tenants, c.devices, c.lanes, c.epochs, c.froms, c.throughs) "
        "AS u(tenant, device, lane, epoch, f, through) WHERE u.tenant = $1 AND u.device = $2");
    for (const auto row : runs) commits[stream_of(row, 0)].push_back({row.uint64(2), row.uint64(3)});
    const auto rows = reader.rows(
        "SELECT lane, epoch, stored_through, quarantined, missing FROM watchglass.streams "
        "WHERE tenant = $1 AND device = $2");
    for (const auto row : rows) {
        const StreamId id = stream_of(row, 0);
        history.streams.push_back({id, row.uint64(2), row.uint64(3), row.uint64(4), commits[id]});
    }
}

}  // namespace

bool latest_is_current(storage::Connection& connection, const storage::DeviceKey& device) {
    return Reader{connection, device}
        .rows(
            "SELECT FROM watchglass.streams s JOIN watchglass.devices d USING (tenant, device) "
            "JOIN watchglass.latest_progress p ON p.shard = left(d.device_id, 1)::\"char\" "
            "WHERE s.tenant = $1 AND s.device = $2 AND s.last_commit > p.through")
        .empty();
}

History read_history(storage::Connection& connection, const storage::DeviceKey& device) {
    Reader reader(connection, device);
    History history;
    read_frames(reader, history);
    read_events(reader, history);
    read_streams(reader, history);
    const auto gaps = reader.rows(
        "SELECT lane, epoch, from_seq, to_seq, cause FROM watchglass.stream_gaps "
        "WHERE tenant = $1 AND device = $2 ORDER BY lane, epoch, from_seq");
    for (const auto row : gaps)
        history.gaps.push_back(
            {stream_of(row, 0), row.uint64(2), row.uint64(3), static_cast<GapCause>(row.int16(4))});
    if (!test::eventually([&] { return latest_is_current(connection, device); }))
        throw std::runtime_error("the latest values never caught up with what is stored");
    const auto latest = reader.rows(
        "SELECT u.parameter, u.number, u.changed FROM watchglass.latest_values l CROSS JOIN LATERAL "
        "unnest(l.parameters, l.numbers, l.changed) AS u(parameter, number, changed) "
        "WHERE l.tenant = $1 AND l.device = $2");
    for (const auto row : latest) history.latest.push_back({row.int32(0), row.number(1), row.time(2).us});
    const auto quarantined =
        reader.rows("SELECT count(*) FROM watchglass.quarantine WHERE tenant = $1 AND device = $2");
    history.quarantined = quarantined[0].uint64(0);
    return history;
}

}  // namespace watchglass::faults

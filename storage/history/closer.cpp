// SPDX-License-Identifier: Apache-2.0
#include "storage/history/closer.h"

#include <algorithm>

namespace watchglass::storage::history {
namespace {

constexpr Microseconds late_frames_pause = std::chrono::minutes{10};
constexpr Microseconds empty_day_age = std::chrono::hours{48};

}  // namespace

WallTime Closer::horizon(WallTime now) const {
    return WallTime{floor_to(now.us - settings_.settle.count(), hour_us)};
}

Result<bool> Closer::begin_round(Connection& connection, WallTime now) {
    if (horizon(now) <= horizon_ && now < next_round_) return false;
    auto days = partitions_of(connection, PartitionedTable::frames);
    if (!days) return failed(days);
    horizon_ = horizon(now);
    next_round_ = now + late_frames_pause;
    std::erase_if(*days, [&](const Partition& p) { return p.begins >= horizon_; });
    days_.assign(days->rbegin(), days->rend());
    device_ = {};
    return !days_.empty();
}

/// One probe of the day's index.
Result<std::optional<DeviceKey>> Closer::next_device(Connection& connection) const {
    const Partition& day = days_.back();
    const auto rows = connection.run(
        "SELECT tenant, device FROM watchglass.frames WHERE class = $1 AND t >= $2 AND t < $3 "
        "AND (tenant, device) > ($4, $5) ORDER BY tenant, device LIMIT 1",
        {day.retention, day.begins, std::min(horizon_, day.begins + Microseconds{day_us}), device_.tenant,
         device_.device});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::optional<DeviceKey>{};
    return DeviceKey{TenantNumber{(*rows)[0].int32(0)}, DeviceNumber{(*rows)[0].int32(1)}};
}

Result<void> Closer::end_day(Connection& connection, WallTime now) {
    const Partition day = days_.back();
    days_.pop_back();
    device_ = {};
    if (day.begins + Microseconds{day_us} + empty_day_age > now) return {};
    const auto dropped = drop(connection, PartitionedTable::frames, day);
    if (!dropped) return failed(dropped);
    dropped_days_ += *dropped ? 1 : 0;
    return {};
}

Result<std::optional<Closed>> Closer::step(Connection& connection, WallTime now) {
    if (days_.empty()) {
        const auto begun = begin_round(connection, now);
        if (!begun) return failed(begun);
        if (!*begun) return std::optional<Closed>{};
    }
    const auto device = next_device(connection);
    if (!device) return failed(device);
    if (!*device) {
        if (const auto ended = end_day(connection, now); !ended) return failed(ended);
        return Closed{};
    }
    const DeviceKey before = device_;
    device_ = **device;  // passed over if it cannot be closed
    auto closed = frames_.close(connection, {.retention = days_.back().retention,
                                             .device = **device,
                                             .day = days_.back().begins,
                                             .horizon = horizon_,
                                             .received_before = {now.us - settings_.settle.count()},
                                             .most_frames = settings_.most_frames});
    if (!closed) return failed(closed);
    if (closed->more) device_ = before;
    return *closed;
}

}  // namespace watchglass::storage::history

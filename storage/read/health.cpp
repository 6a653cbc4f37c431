// SPDX-License-Identifier: Apache-2.0
#include "storage/read/health.h"

namespace watchglass::storage {
namespace {

const std::string select_sql =
    "SELECT device_id, site, model, serial, state, connection, connection_reason, connection_since, heard,"
    " staleness, newest_reading, catching_up, clock_quality, clock_error_seconds, clock_checked, "
    "active_alarms,"
    " worst_severity, parameters, parameters_silent, frames_lost, frames_lost_last_day, quarantined,"
    " quarantined_last_day, possible_repeats "
    "FROM watchglass.device_health ";

constexpr const char* trouble_sql =
    "state = 'enrolled' AND (staleness <> 'live' OR worst_severity <> 'info' OR parameters_silent > 0"
    " OR quarantined > 0 OR frames_lost_last_day > 0)";

Result<DeviceHealth> health_in(const Row& row) {
    auto id = DeviceId::parse(row.view(0));
    if (!id) return failed(id);
    DeviceHealth health{.id = std::move(*id),
                        .site = row.text(1),
                        .model = row.text(2),
                        .serial = row.text(3),
                        .state = row.text(4),
                        .presence = std::nullopt,
                        .heard = row.optional_time(8),
                        .staleness = row.text(9),
                        .newest_reading = row.optional_time(10),
                        .catching_up = row.boolean(11),
                        .clock = std::nullopt,
                        .active_alarms = row.int64(15),
                        .worst_severity = row.optional_text(16),
                        .parameters = row.int64(17),
                        .parameters_silent = row.int64(18),
                        .frames_lost = row.int64(19),
                        .frames_lost_last_day = row.int64(20),
                        .quarantined = row.int64(21),
                        .quarantined_last_day = row.int64(22),
                        .possible_repeats = row.int64(23)};
    if (const auto since = row.optional_time(7)) health.presence = {row.text(5), row.text(6), *since};
    if (const auto checked = row.optional_time(14))
        health.clock = {static_cast<ClockQuality>(row.int16(12)), row.number(13), *checked};
    return health;
}

}  // namespace

Result<HealthPage> list_health(UnitOfWork& unit, HealthOf which, const Page& page) {
    const std::string narrower = which == HealthOf::in_trouble ? std::string(" AND ") + trouble_sql : "";
    auto rows = unit.run(select_sql + "WHERE device_id > $1" + narrower + " ORDER BY device_id LIMIT $2",
                         {page.after, page.limit + 1});
    if (!rows) return failed(rows);
    HealthPage out;
    for (const Row row : *rows) {
        if (static_cast<int>(out.items.size()) == page.limit) {
            out.next = out.items.back().id.text();
            break;
        }
        auto health = health_in(row);
        if (!health) return failed(health);
        out.items.push_back(std::move(*health));
    }
    return out;
}

Result<std::optional<DeviceHealth>> health_of(UnitOfWork& unit, const DeviceId& device) {
    auto rows = unit.run(select_sql + "WHERE device_id = $1", {device});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    auto health = health_in((*rows)[0]);
    if (!health) return failed(health);
    return std::move(*health);
}

}  // namespace watchglass::storage

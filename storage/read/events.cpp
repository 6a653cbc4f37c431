// SPDX-License-Identifier: Apache-2.0
#include "storage/read/events.h"

#include "storage/read/moment_cursor.h"

namespace watchglass::storage {
namespace {

// The order must be total, or a page could show an event twice.
constexpr const char* events_sql =
    "SELECT t, received, sub_device, kind, severity, name, parameter, unit, value, text, clock_quality, "
    "device_t "
    "FROM watchglass.events "
    "WHERE device_id = $1 AND t >= $2 AND t <= $3 AND t < $4"
    " AND severity = ANY ((ARRAY['info', 'warning', 'alarm'])[$5:]) AND ($6::text IS NULL OR sub_device = "
    "$6) "
    "ORDER BY t DESC, received DESC, sub_device, name, kind, severity, text, value, device_t LIMIT $7 OFFSET "
    "$8";

DeviceEvent event_of(const Row& row) {
    return {row.time(0),
            row.time(1),
            row.text(2),
            row.text(3),
            row.text(4),
            row.text(5),
            row.optional_text(6),
            row.optional_text(7),
            row.optional_number(8),
            row.text(9),
            static_cast<ClockQuality>(row.int16(10)),
            row.optional_time(11)};
}

}  // namespace

Result<EventPage> list_events(UnitOfWork& unit, const EventQuery& query) {
    const auto start = start_before(query.page, query.until);
    if (!start) return failed(start);
    auto rows = unit.run(events_sql, {query.device, query.since, start->at, query.until,
                                      static_cast<std::int32_t>(query.least), query.sub_device,
                                      query.page.limit + 1, start->given});
    if (!rows) return failed(rows);
    return page_of<EventPage>(*rows, query.page, *start, event_of, [](const DeviceEvent& e) { return e.t; });
}

Result<std::vector<ActiveAlarm>> active_alarms_of(UnitOfWork& unit, const DeviceId& device) {
    auto rows = unit.run(
        "SELECT sub_device, name, severity, raised, t, parameter, unit, value, text FROM "
        "watchglass.active_alarms "
        "WHERE device_id = $1 "
        "ORDER BY array_position(ARRAY['alarm', 'warning', 'info'], severity), raised, sub_device, name",
        {device});
    if (!rows) return failed(rows);
    std::vector<ActiveAlarm> alarms;
    for (const Row row : *rows)
        alarms.push_back({row.text(0), row.text(1), row.text(2), row.time(3), row.time(4),
                          row.optional_text(5), row.optional_text(6), row.optional_number(7), row.text(8)});
    return alarms;
}

}  // namespace watchglass::storage

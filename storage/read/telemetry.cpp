// SPDX-License-Identifier: Apache-2.0
#include "storage/read/telemetry.h"

#include "storage/read/moment_cursor.h"

namespace watchglass::storage {

Result<SamplePage> read_telemetry(UnitOfWork& unit, const TelemetryQuery& query) {
    MomentCursor start{query.since, 0};
    if (!query.page.after.empty()) {
        auto parsed = parse_moment_cursor(query.page.after);
        if (!parsed) return failed(parsed);
        if (parsed->at >= query.since) start = *parsed;
    }
    // The order must be total, or a page could show a sample twice.
    auto rows = unit.run(
        "SELECT t, value, text_value, clock_quality, device_t FROM watchglass.telemetry($1, $2, $3, $4, $5) "
        "ORDER BY t, device_t, value, text_value LIMIT $6 OFFSET $7",
        {query.device, query.parameter, start.at, query.until, query.sub_device, query.page.limit + 1,
         start.given});
    if (!rows) return failed(rows);
    SamplePage page;
    for (const Row row : *rows) {
        if (static_cast<int>(page.items.size()) == query.page.limit) {
            page.next = cursor_behind(page.items, start, [](const Sample& s) { return s.t; }).text();
            break;
        }
        page.items.push_back({row.time(0), row.optional_number(1), row.optional_text(2),
                              static_cast<ClockQuality>(row.int16(3)), row.optional_time(4)});
    }
    return page;
}

Result<bool> parameter_is_declared(UnitOfWork& unit, const std::string& parameter) {
    auto rows =
        unit.run("SELECT EXISTS (SELECT FROM watchglass.dictionary_parameters WHERE name = $1)", {parameter});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

}  // namespace watchglass::storage

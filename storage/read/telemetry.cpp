// SPDX-License-Identifier: Apache-2.0
#include "storage/read/telemetry.h"

#include "storage/read/moment_cursor.h"

namespace watchglass::storage {

namespace {

Sample sample_of(const Row& row) {
    return {row.time(0), row.optional_number(1), row.optional_text(2),
            static_cast<ClockQuality>(row.int16(3)), row.optional_time(4)};
}

}  // namespace

Result<SamplePage> read_telemetry(UnitOfWork& unit, const TelemetryQuery& query) {
    const auto start = start_after(query.page, query.since);
    if (!start) return failed(start);
    // The order must be total, or a page could show a sample twice.
    auto rows = unit.run(
        "SELECT t, value, text_value, clock_quality, device_t FROM watchglass.telemetry($1, $2, $3, $4, $5) "
        "ORDER BY t, device_t, value, text_value LIMIT $6 OFFSET $7",
        {query.device, query.parameter, start->at, query.until, query.sub_device, query.page.limit + 1,
         start->given});
    if (!rows) return failed(rows);
    return page_of<SamplePage>(*rows, query.page, *start, sample_of, [](const Sample& s) { return s.t; });
}

Result<bool> parameter_is_declared(UnitOfWork& unit, const std::string& parameter) {
    auto rows =
        unit.run("SELECT EXISTS (SELECT FROM watchglass.dictionary_parameters WHERE name = $1)", {parameter});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

}  // namespace watchglass::storage

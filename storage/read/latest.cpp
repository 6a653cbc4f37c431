// SPDX-License-Identifier: Apache-2.0
#include "storage/read/latest.h"

namespace watchglass::storage {

Result<std::vector<LatestReading>> latest_of(UnitOfWork& unit, const DeviceId& device) {
    auto rows = unit.run(
        "SELECT sub_device, parameter, unit, type, value, text_value, changed, confirmed, heard, freshness "
        "FROM watchglass.latest WHERE device_id = $1 ORDER BY sub_device, parameter",
        {device});
    if (!rows) return failed(rows);
    std::vector<LatestReading> readings;
    for (const Row row : *rows)
        readings.push_back({row.text(0), row.text(1), row.text(2), row.text(3), row.optional_number(4),
                            row.optional_text(5), row.time(6), row.time(7), row.time(8), row.text(9)});
    return readings;
}

}  // namespace watchglass::storage

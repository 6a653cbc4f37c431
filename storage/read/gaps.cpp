// SPDX-License-Identifier: Apache-2.0
#include "storage/read/gaps.h"

#include "storage/read/moment_cursor.h"

namespace watchglass::storage {
namespace {

constexpr const char* gaps_sql =
    "SELECT repeat, lane, epoch, from_seq, to_seq, cause, changes_lost, received FROM ("
    "  SELECT device_id, false AS repeat, lane, epoch, from_seq, to_seq, cause, changes_lost, received"
    "  FROM watchglass.gaps"
    "  UNION ALL"
    "  SELECT device_id, true, lane, epoch, from_seq, to_seq, NULL, NULL, received FROM "
    "watchglass.possible_repeats"
    ") told "
    "WHERE device_id = $1 AND received >= $2 AND received <= $3 AND received < $4 "
    "ORDER BY received DESC, repeat, lane, epoch, from_seq LIMIT $5 OFFSET $6";

DeviceGap gap_of(const Row& row) {
    return {row.boolean(0), row.text(1),          row.text(2),           row.int64(3),
            row.int64(4),   row.optional_text(5), row.optional_int64(6), row.time(7)};
}

}  // namespace

Result<GapPage> list_gaps(UnitOfWork& unit, const GapQuery& query) {
    const auto start = start_before(query.page, query.until);
    if (!start) return failed(start);
    auto rows = unit.run(
        gaps_sql, {query.device, query.since, start->at, query.until, query.page.limit + 1, start->given});
    if (!rows) return failed(rows);
    return page_of<GapPage>(*rows, query.page, *start, gap_of, [](const DeviceGap& g) { return g.received; });
}

}  // namespace watchglass::storage

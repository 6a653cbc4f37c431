// SPDX-License-Identifier: Apache-2.0
#include "storage/history/partitions.h"

#include "storage/history/chunk.h"

namespace watchglass::storage::history {
namespace {

const char* name_of(PartitionedTable table) {
    switch (table) {
        case PartitionedTable::frames: return "frames";
        case PartitionedTable::chunks: return "series_chunks";
        case PartitionedTable::commits: break;
    }
    return "commits";
}

std::int32_t day_number(WallTime t) { return static_cast<std::int32_t>(floor_to(t.us, day_us) / day_us); }

}  // namespace

Result<std::vector<Partition>> partitions_of(Connection& connection, PartitionedTable table) {
    const auto rows = connection.run(
        "SELECT coalesce(m[1], '0')::smallint, to_date(m[2], 'YYYYMMDD') - date 'epoch' "
        "FROM pg_catalog.pg_class c, regexp_match(c.relname, '^' || $1 || '(?:_c([0-9]+))?_([0-9]{6,8})$') "
        "AS m "
        "WHERE c.relnamespace = 'watchglass'::regnamespace AND c.relispartition AND c.relkind = 'r' "
        "AND m IS NOT NULL ORDER BY 2, 1",
        {name_of(table)});
    if (!rows) return failed(rows);
    std::vector<Partition> partitions;
    for (const Row row : *rows)
        partitions.push_back({RetentionClass{row.int16(0)}, WallTime{row.int64(1) * day_us}});
    return partitions;
}

Result<bool> drop(Connection& connection, PartitionedTable table, const Partition& partition) {
    const auto rows = connection.run("SELECT watchglass.drop_partition($1, $2, date 'epoch' + $3::int)",
                                     {name_of(table), partition.retention, day_number(partition.begins)});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

Result<void> make_partitions(Connection& connection, WallTime day) {
    const std::int32_t number = day_number(day);
    if (auto made =
            connection.run("SELECT watchglass.ensure_commit_partition(date 'epoch' + $1::int)", {number});
        !made)
        return failed(made);
    const auto classes = connection.run("SELECT DISTINCT retention_class FROM watchglass.tenants");
    if (!classes) return failed(classes);
    for (const Row row : *classes) {
        for (const char* function : {"ensure_frame_partition", "ensure_chunk_partition"}) {
            const auto made =
                connection.run(std::string("SELECT watchglass.") + function + "($1, date 'epoch' + $2::int)",
                               {row.int16(0), number});
            if (!made) return failed(made);
        }
    }
    return {};
}

}  // namespace watchglass::storage::history

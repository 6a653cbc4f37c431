// SPDX-License-Identifier: Apache-2.0
#include "storage/history/retention.h"

#include <map>
#include <string>

#include "storage/history/chunk.h"
#include "storage/history/partitions.h"

namespace watchglass::storage::history {
namespace {

constexpr std::int64_t most_rows = 20'000;  ///< in one DELETE: some 100 ms
constexpr std::int64_t commits_keep_us = 30 * day_us;

/// Rows that go one by one; `$1` is now.
struct Expiring {
    const char* table;
    const char* condition;
};
constexpr Expiring expiring[] = {
    {"stream_landmarks", "at < $1 - interval '30 days'"},
    {"frame_events",
     "EXISTS (SELECT FROM watchglass.tenants t JOIN watchglass.retention_classes c ON c.class = "
     "t.retention_class"
     " WHERE t.tenant = x.tenant AND x.t < $1 - c.keep)"},
    {"stream_repeats",
     "EXISTS (SELECT FROM watchglass.tenants t JOIN watchglass.retention_classes c ON c.class = "
     "t.retention_class"
     " WHERE t.tenant = x.tenant AND x.received < $1 - c.keep)"},
    // A device that was away for a year still finds the history that it knew.
    {"platform_histories",
     "began_at < $1 - interval '400 days' AND history NOT IN "
     "(SELECT history FROM watchglass.platform_histories ORDER BY began_at DESC LIMIT 100)"},
};

Result<void> drop_rows(Connection& connection, const Expiring& what, WallTime now, Dropped& dropped) {
    const std::string table = std::string("watchglass.") + what.table;
    const auto rows =
        connection.run("DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM " + table +
                           " x WHERE " + what.condition + " LIMIT " + std::to_string(most_rows) + "))",
                       {now});
    if (!rows) return failed(rows);
    dropped.rows += rows->affected();
    dropped.more = dropped.more || rows->affected() == most_rows;
    return {};
}

/// The end of what goes, by retention class; class 0: commits.
Result<std::map<RetentionClass, WallTime>> ends_of_keep(Connection& connection, WallTime now) {
    const auto rows = connection.run("SELECT class, $1 - keep FROM watchglass.retention_classes", {now});
    if (!rows) return failed(rows);
    std::map<RetentionClass, WallTime> ends;
    ends.emplace(RetentionClass{0}, WallTime{now.us - commits_keep_us});
    for (const Row row : *rows) ends.emplace(RetentionClass{row.int16(0)}, row.time(1));
    return ends;
}

Result<void> drop_partitions(Connection& connection, PartitionedTable table,
                             const std::map<RetentionClass, WallTime>& ends, Dropped& dropped) {
    const auto partitions = partitions_of(connection, table);
    if (!partitions) return failed(partitions);
    for (const Partition& partition : *partitions) {
        const auto end = ends.find(partition.retention);
        const std::int64_t longest = (table == PartitionedTable::chunks ? 31 : 1) * day_us;
        if (end == ends.end() || partition.begins.us + longest > end->second.us) continue;
        const auto gone = drop(connection, table, partition);
        if (!gone) return failed(gone);
        dropped.partitions += *gone ? 1 : 0;
        dropped.more = dropped.more || !*gone;
    }
    return {};
}

}  // namespace

Result<Dropped> drop_expired(Connection& connection, WallTime now) {
    const auto ends = ends_of_keep(connection, now);
    if (!ends) return failed(ends);
    Dropped dropped;
    for (const auto table : {PartitionedTable::frames, PartitionedTable::chunks, PartitionedTable::commits})
        if (auto done = drop_partitions(connection, table, *ends, dropped); !done) return failed(done);
    for (const Expiring& what : expiring)
        if (auto done = drop_rows(connection, what, now, dropped); !done) return failed(done);
    return dropped;
}

Result<std::int64_t> database_bytes(Connection& connection) {
    const auto rows = connection.run("SELECT pg_database_size(current_database())");
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0);
}

}  // namespace watchglass::storage::history

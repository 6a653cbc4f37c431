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
constexpr std::int64_t landmarks_keep_us = 30 * day_us;
constexpr std::int64_t histories_keep_us = 400 * day_us;

using Ends = std::map<RetentionClass, WallTime>;

/// Tables whose rows go one by one, and the column that tells when: each has an index on it.
struct AgingTable {
    const char* name;
    const char* time;
};
constexpr AgingTable aging_tables[] = {{"watchglass.frame_events", "t"},
                                       {"watchglass.stream_repeats", "received"}};

/// Deletes, of `table x`, what `condition` says, with parameters from $1 on.
Result<void> drop_rows(Connection& connection, const std::string& table, const std::string& condition,
                       std::initializer_list<Param> params, Dropped& dropped) {
    const auto rows =
        connection.run("DELETE FROM " + table + " WHERE ctid = ANY (ARRAY(SELECT x.ctid FROM " + table +
                           " x WHERE " + condition + " LIMIT " + std::to_string(most_rows) + "))",
                       params);
    if (!rows) return failed(rows);
    dropped.rows += rows->affected();
    dropped.more = dropped.more || rows->affected() == most_rows;
    return {};
}

/// Class by class, so that the end is a constant and the index finds what is before it.
Result<void> drop_aged(Connection& connection, const AgingTable& table, const Ends& ends, Dropped& dropped) {
    for (const auto& [retention, end] : ends) {
        auto done = drop_rows(
            connection, table.name,
            std::string("x.") + table.time +
                " < $1 AND x.tenant IN (SELECT tenant FROM watchglass.tenants WHERE retention_class = $2)",
            {end, retention}, dropped);
        if (!done) return done;
    }
    return {};
}

/// The end of what goes, by retention class; class 0: commits.
Result<Ends> ends_of_keep(Connection& connection, WallTime now) {
    const auto rows = connection.run("SELECT class, $1 - keep FROM watchglass.retention_classes", {now});
    if (!rows) return failed(rows);
    Ends ends;
    ends.emplace(RetentionClass{0}, WallTime{now.us - commits_keep_us});
    for (const Row row : *rows) ends.emplace(RetentionClass{row.int16(0)}, row.time(1));
    return ends;
}

Result<void> drop_partitions(Connection& connection, PartitionedTable table, const Ends& ends,
                             Dropped& dropped) {
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
    for (const AgingTable& table : aging_tables)
        if (auto done = drop_aged(connection, table, *ends, dropped); !done) return failed(done);
    if (auto done = drop_rows(connection, "watchglass.stream_landmarks", "x.at < $1",
                              {WallTime{now.us - landmarks_keep_us}}, dropped);
        !done)
        return failed(done);
    // A device that was away for a year still finds the history that it knew.
    if (auto done =
            drop_rows(connection, "watchglass.platform_histories",
                      "x.began_at < $1 AND x.history NOT IN "
                      "(SELECT history FROM watchglass.platform_histories ORDER BY began_at DESC LIMIT 100)",
                      {WallTime{now.us - histories_keep_us}}, dropped);
        !done)
        return failed(done);
    return dropped;
}

Result<std::int64_t> database_bytes(Connection& connection) {
    const auto rows = connection.run("SELECT pg_database_size(current_database())");
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0);
}

}  // namespace watchglass::storage::history

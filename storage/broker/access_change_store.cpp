// SPDX-License-Identifier: Apache-2.0
#include "storage/broker/access_change_store.h"

#include <algorithm>
#include <string>

namespace watchglass::storage {

namespace {

/// The two columns that begin at `column`. The table's checks guarantee both forms.
Result<AccessEntry> entry_of(const Row& row, int column) {
    auto device = DeviceId::parse(row.view(column));
    if (!device) return failed(device);
    AccessEntry entry{.device = *std::move(device), .fingerprint = {}};
    const auto bytes = row.bytes(column + 1);
    std::copy_n(bytes.begin(), std::min(bytes.size(), entry.fingerprint.size()), entry.fingerprint.begin());
    return entry;
}

}  // namespace

Result<AccessSnapshot> read_access_snapshot(Connection& connection) {
    // One statement sees one moment: the sum and the number of its latest change fit together.
    const auto rows = connection.run(
        "SELECT (SELECT coalesce(max(n), 0) FROM watchglass.access_changes), c.device_id, c.fingerprint"
        " FROM (SELECT 1) one LEFT JOIN watchglass.access_current c ON true");
    if (!rows) return failed(rows);
    AccessSnapshot snapshot;
    for (const auto row : *rows) {
        snapshot.through = row.int64(0);
        if (row.is_null(1)) continue;
        auto entry = entry_of(row, 1);
        if (!entry) return failed(entry);
        snapshot.allowed.push_back(*std::move(entry));
    }
    return snapshot;
}

Result<std::optional<std::vector<AccessChange>>> read_access_changes(Connection& connection, std::int64_t n,
                                                                     std::size_t most) {
    // Changes are never rewritten, so whoever holds number n and finds it here can go on from it.
    const auto known =
        connection.run_prepared("SELECT EXISTS (SELECT FROM watchglass.access_changes WHERE n = $1)", {n});
    if (!known) return failed(known);
    if (n > 0 && !(*known)[0].boolean(0)) return std::nullopt;
    const auto rows = connection.run_prepared(
        "SELECT n, op = 'allow', device_id, fingerprint FROM watchglass.access_changes WHERE n > $1 ORDER BY "
        "n LIMIT $2",
        {n, static_cast<std::int64_t>(most)});
    if (!rows) return failed(rows);
    std::vector<AccessChange> changes;
    for (const auto row : *rows) {
        auto entry = entry_of(row, 2);
        if (!entry) return failed(entry);
        changes.push_back({.n = row.int64(0), .allow = row.boolean(1), .entry = *std::move(entry)});
    }
    return changes;
}

Result<void> record_broker_access(Connection& connection, std::string_view broker, std::int64_t n) {
    const auto done = connection.run_prepared(
        "WITH told AS (INSERT INTO watchglass.broker_access (broker, confirmed_through, at)"
        " VALUES ($1, $2, clock_timestamp()) ON CONFLICT (broker)"
        " DO UPDATE SET confirmed_through = excluded.confirmed_through, at = excluded.at RETURNING "
        "confirmed_through)"
        " SELECT pg_notify('watchglass_access_confirmed', confirmed_through::text) FROM told",
        {broker, n});
    if (!done) return failed(done);
    return {};
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/clock_anchor_store.h"

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

constexpr const char* save_sql =
    "INSERT INTO watchglass.clock_anchors AS a (tenant, device, boot, monotonic_us, wall_us, clock_quality, "
    "received) "
    "SELECT DISTINCT ON (tenant, device, boot) * FROM unnest($1::int[], $2::int[], $3::bigint[], "
    "$4::bigint[],"
    " $5::bigint[], $6::smallint[], $7::timestamptz[])"
    " AS u(tenant, device, boot, monotonic_us, wall_us, clock_quality, received) "
    "ORDER BY tenant, device, boot, clock_quality DESC, received "
    "ON CONFLICT (tenant, device, boot) DO UPDATE SET monotonic_us = excluded.monotonic_us,"
    " wall_us = excluded.wall_us, clock_quality = excluded.clock_quality, received = excluded.received "
    "WHERE excluded.clock_quality > a.clock_quality";

constexpr const char* prune_sql =
    "DELETE FROM watchglass.clock_anchors a USING ("
    "  SELECT tenant, device, boot,"
    "         row_number() OVER (PARTITION BY tenant, device ORDER BY received DESC, boot DESC) AS age"
    "  FROM watchglass.clock_anchors"
    "  WHERE (tenant, device) IN (SELECT * FROM unnest($1::int[], $2::int[]))"
    ") k WHERE a.tenant = k.tenant AND a.device = k.device AND a.boot = k.boot AND k.age > $3";

constexpr const char* load_sql =
    "SELECT a.tenant, a.device, a.boot, a.monotonic_us, a.wall_us, a.clock_quality, a.received "
    "FROM watchglass.devices d CROSS JOIN LATERAL ("
    "  SELECT * FROM watchglass.clock_anchors c WHERE c.tenant = d.tenant AND c.device = d.device"
    "  ORDER BY c.received DESC, c.boot DESC LIMIT $2"
    ") a WHERE left(d.device_id, 1) = ANY (string_to_array($1, NULL)) ORDER BY a.received, a.boot";

constexpr std::int64_t most_kept{clock_anchors_kept};

}  // namespace

Result<void> save_clock_anchors(UnitOfWork& unit, std::span<const ClockAnchor> anchors) {
    if (anchors.empty()) return {};
    std::vector<std::int32_t> tenants, devices;
    std::vector<std::int64_t> boots, monotonic, wall;
    std::vector<std::int16_t> qualities;
    std::vector<WallTime> received;
    for (const ClockAnchor& anchor : anchors) {
        tenants.push_back(anchor.device.tenant.value());
        devices.push_back(anchor.device.device.value());
        boots.push_back(of(anchor.boot));
        monotonic.push_back(anchor.monotonic.count());
        wall.push_back(anchor.wall.us);
        qualities.push_back(of(anchor.clock_quality));
        received.push_back(anchor.received);
    }
    auto done = unit.run_prepared(save_sql, {tenants, devices, boots, monotonic, wall, qualities, received});
    if (!done) return failed(done);
    auto pruned = unit.run_prepared(prune_sql, {tenants, devices, most_kept});
    if (!pruned) return failed(pruned);
    return {};
}

Result<std::vector<ClockAnchor>> load_clock_anchors(Connection& connection, std::string_view shards) {
    auto rows = connection.run(load_sql, {shards, most_kept});
    if (!rows) return failed(rows);
    std::vector<ClockAnchor> anchors;
    for (const Row row : *rows)
        anchors.push_back({columns::device_key(row, 0), BootId{row.uint64(2)}, Microseconds{row.int64(3)},
                           WallTime{row.int64(4)}, static_cast<ClockQuality>(row.int16(5)), row.time(6)});
    return anchors;
}

}  // namespace watchglass::storage

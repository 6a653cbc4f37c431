// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/access_store.h"

namespace watchglass::storage {

Result<std::optional<std::int64_t>> confirmed_by_every_broker(Connection& connection) {
    const auto rows = connection.run("SELECT min(confirmed_through) FROM watchglass.broker_access");
    if (!rows) return failed(rows);
    return (*rows)[0].optional_int64(0);
}

Result<void> withdraw_access(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device) {
    const auto denied = unit.run(
        "SELECT fingerprint, watchglass.append_access_change(device_id, fingerprint, 'deny') "
        "FROM watchglass.access_current WHERE device_id = $1",
        {device});
    if (!denied) return failed(denied);
    for (const Row row : *denied) {
        const auto noted = unit.run(
            "UPDATE watchglass.certificates SET access_change = $4 "
            "WHERE tenant = $1 AND device = $2 AND fingerprint = $3",
            {key.tenant, key.device, row.bytes(0), row.int64(1)});
        if (!noted) return failed(noted);
    }
    return {};
}

Result<void> restore_access(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device, WallTime now) {
    const auto restored = unit.run(
        "UPDATE watchglass.certificates SET access_change = watchglass.append_access_change($3, fingerprint, "
        "'allow') "
        "WHERE tenant = $1 AND device = $2 AND state = 'issued' AND not_after > $4",
        {key.tenant, key.device, device, now});
    if (!restored) return failed(restored);
    return {};
}

Result<std::int64_t> latest_access_change(UnitOfWork& unit, const DeviceKey& key) {
    const auto rows =
        unit.run("SELECT max(access_change) FROM watchglass.certificates WHERE tenant = $1 AND device = $2",
                 {key.tenant, key.device});
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0);
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/audit_store.h"

namespace watchglass::storage {

Result<void> append_audit(UnitOfWork& unit, const AuditEntry& entry) {
    const auto appended = unit.run(
        "INSERT INTO watchglass.audit (actor, action, tenant, device_id, address, request_id, detail) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb)",
        {entry.actor, entry.action, entry.tenant, entry.device, entry.address, entry.request_id,
         entry.detail});
    if (!appended) return failed(appended);
    return {};
}

Result<AuditPage> audit_of_device(UnitOfWork& unit, TenantNumber tenant, const DeviceId& device,
                                  std::optional<std::int64_t> before, int limit) {
    const auto rows = unit.run(
        "SELECT entry, at, actor, action, address, request_id, detail::text FROM watchglass.audit "
        "WHERE tenant = $1 AND device_id = $2 AND ($3::bigint IS NULL OR entry < $3) "
        "ORDER BY entry DESC LIMIT $4",
        {tenant, device, before, limit + 1});
    if (!rows) return failed(rows);
    AuditPage page;
    for (const Row row : *rows) {
        if (static_cast<int>(page.items.size()) == limit) {
            page.next = page.items.back().number;
            break;
        }
        page.items.push_back({.number = row.int64(0),
                              .at = row.time(1),
                              .entry = {.actor = row.text(2),
                                        .action = row.text(3),
                                        .tenant = tenant,
                                        .device = device.text(),
                                        .address = row.text(4),
                                        .request_id = row.text(5),
                                        .detail = row.text(6)}});
    }
    return page;
}

}  // namespace watchglass::storage

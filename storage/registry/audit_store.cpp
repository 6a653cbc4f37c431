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

}  // namespace watchglass::storage

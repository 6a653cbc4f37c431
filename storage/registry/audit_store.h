// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/identifiers.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::storage {

/// Who did what to which device. Never changed, never deleted.
struct AuditEntry {
    std::string actor;   ///< `operator:NAME`, `device:ID`, `ticket`, `local`, `unknown`
    std::string action;  ///< `device.registered`, `ticket.made`, `certificate.issued`, `enroll.refused` ...
    std::optional<TenantNumber> tenant;
    std::optional<std::string> device;  ///< device id
    std::string address;
    std::string request_id;
    std::string detail = "{}";  ///< a JSON object; nothing secret
};

/// In the unit of work that does what it tells.
Result<void> append_audit(UnitOfWork& unit, const AuditEntry& entry);

struct WrittenAudit {
    std::int64_t number = 0;
    WallTime at;
    AuditEntry entry;
};
struct AuditPage {
    std::vector<WrittenAudit> items;
    std::optional<std::int64_t> next;  ///< go on below this number
};
/// What was done to one device, newest first, below number `before` (nothing: from the newest).
Result<AuditPage> audit_of_device(UnitOfWork& unit, TenantNumber tenant, const DeviceId& device,
                                  std::optional<std::int64_t> before, int limit);

}  // namespace watchglass::storage

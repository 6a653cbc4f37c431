// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

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

}  // namespace watchglass::storage

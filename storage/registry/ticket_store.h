// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

/// Enrollment tickets. Only the SHA-256 of a secret is ever stored.
namespace watchglass::storage {

struct NewTicket {
    DeviceKey device;
    security::Sha256 secret_digest{};
    std::string made_by;
    WallTime made_at, expires_at;
};

struct StoredTicket {
    DeviceKey device;
    DeviceId device_id;
    std::int64_t number = 0;
    WallTime expires_at;
    std::optional<security::Sha256> spent_key;  ///< with which public key it was used
    bool voided = false;
};

Result<void> add_ticket(UnitOfWork& unit, const NewTicket& ticket);

/// The ticket with this secret, locked until the unit of work ends, so that parallel uses wait for one another.
Result<std::optional<StoredTicket>> lock_ticket(UnitOfWork& unit, const security::Sha256& secret_digest);

Result<void> spend_ticket(UnitOfWork& unit, const StoredTicket& ticket, const security::Sha256& public_key,
                          WallTime now);

}  // namespace watchglass::storage

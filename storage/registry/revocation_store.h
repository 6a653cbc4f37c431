// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"

/// The certificate revocation list of instruments: the newest one, and what the next one has to list.
namespace watchglass::storage {

/// What is known of the newest list without reading it.
struct RevocationListHead {
    std::int64_t number = 0;  ///< 0: none was made yet
    WallTime this_update, next_update;
    bool incomplete = false;  ///< a certificate was revoked that is on no list
};

struct RevocationList {
    std::int64_t number = 0;
    WallTime this_update, next_update;
    Bytes der;
};

struct RevokedCertificate {
    std::string serial;
    WallTime revoked_at;
};

Result<RevocationListHead> find_revocation_list_head(UnitOfWork& unit);
/// The same, locked until the unit of work ends, so that one process at a time makes a list.
Result<RevocationListHead> lock_revocation_list_head(UnitOfWork& unit);

/// What list `number` has to name: every certificate that is revoked and not expired at `now`. Each of them counts as
/// listed from then on.
Result<std::vector<RevokedCertificate>> enter_revoked(UnitOfWork& unit, std::int64_t number, WallTime now);

Result<void> keep_revocation_list(UnitOfWork& unit, const RevocationList& list);

/// DER; nothing while none was made.
Result<std::optional<Bytes>> current_revocation_list(Connection& connection);

}  // namespace watchglass::storage

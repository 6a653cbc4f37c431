// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "schemas/values/identifiers.h"
#include "storage/postgres/unit_of_work.h"

/// People and scripts that may administer the platform, known by the full fingerprint of their certificate.
namespace watchglass::storage {

struct Operator {
    security::Sha256 fingerprint{};
    std::string name;
    std::string role;                    ///< admin, service, reader
    std::optional<TenantNumber> tenant;  ///< nothing: every tenant
};

/// Adds, or changes name, role and tenant of the one with this fingerprint.
Result<void> put_operator(UnitOfWork& unit, const Operator& who);
/// Nothing when there is none, or it was removed.
Result<std::optional<Operator>> find_operator(UnitOfWork& unit, const security::Sha256& fingerprint);

}  // namespace watchglass::storage

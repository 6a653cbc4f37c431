// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// Whose data a reader may see: one tenant's, or all (an operator of the platform).
struct ReadScope {
    std::optional<TenantNumber> tenant;
};

/// A read-only transaction in which PostgreSQL itself hides every other tenant's rows: for one tenant it runs as
/// `wg_reader` with `watchglass.tenant` set.
Result<UnitOfWork> begin_read(Connection& connection, const ReadScope& scope);

/// The second half of begin_read(), for a transaction that had to look across tenants first.
Result<void> narrow_to(UnitOfWork& unit, const ReadScope& scope);

/// One page of a collection: ask again with `after` = the last answer's `next`.
struct Page {
    std::string after;  ///< empty: from the beginning
    int limit = 100;    ///< 1 .. 10,000
};

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

/// What is kept no longer. Telemetry, hot and closed, goes with its partition once all of that is older than the keep of
/// its retention class; so do commits after 30 days. Streams, gaps and the registry stay.
namespace watchglass::storage::history {

struct Dropped {
    std::int64_t partitions = 0;
    std::int64_t rows = 0;
    bool more = false;  ///< rows beyond the bound are left, or a partition was in use: call again
};

/// Each partition and each bounded DELETE is a transaction of its own.
Result<Dropped> drop_expired(Connection& connection, WallTime now);

/// What the whole database takes on disk, its indexes included.
Result<std::int64_t> database_bytes(Connection& connection);

}  // namespace watchglass::storage::history

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage::history {

enum class PartitionedTable { frames, chunks, commits };

/// A leaf: a retention class (0: of commits, which have none) and a day, of chunks a month.
struct Partition {
    RetentionClass retention{0};
    WallTime begins;
    friend bool operator==(const Partition&, const Partition&) = default;
};

/// By time, ascending.
Result<std::vector<Partition>> partitions_of(Connection& connection, PartitionedTable table);

/// Drops it if all of it is past, as the schema's drop_partition() says. False: it is not, or it was in use.
Result<bool> drop(Connection& connection, PartitionedTable table, const Partition& partition);

/// What `day` needs, for every retention class that a tenant has, so that its first frame does not wait for it.
Result<void> make_partitions(Connection& connection, WallTime day);

}  // namespace watchglass::storage::history

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/clock.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::storage {

/// The process that serves a shard, by its own word as long as its session lives.
struct ShardOwner {
    std::string name;  ///< its client id at the broker; empty: it has not said yet
    std::string host;
    std::int64_t pid = 0;
    std::optional<WallTime> since;  ///< it serves this shard
    std::int64_t waiting = 0;       ///< messages that it took and has not stored yet, of all its shards
    double lag_seconds = 0;         ///< how long the oldest of them has waited
    std::optional<WallTime> told;   ///< when it said so
};

struct ShardState {
    std::string shard;
    std::optional<ShardOwner> owner;  ///< nothing: nobody serves it
    std::int64_t devices = 0;         ///< registered
    std::optional<WallTime> heard;    ///< the newest sign of life of any of them
};

/// Every shard, in order. Tells of all tenants: for readers of all alone.
Result<std::vector<ShardState>> list_shards(UnitOfWork& unit);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::ingest {

/// Which shards this process serves: those whose PostgreSQL advisory lock its session holds. When the session ends,
/// in whatever way, its locks are free for others. One thread.
class ShardLocks {
public:
    explicit ShardLocks(std::string dsn) : dsn_(std::move(dsn)) {}

    /// Makes sure the session lives, and takes every shard nobody holds. Answers all that are held now, in order.
    /// After a Failure none is.
    Result<std::string> refresh();

private:
    Result<void> take_free_ones();

    std::string dsn_;
    std::optional<storage::Connection> connection_;
    std::string held_;
};

}  // namespace watchglass::ingest

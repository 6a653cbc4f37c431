// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ingest/fair_shares.h"
#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::ingest {

/// What an operator sees of a process besides its shards.
struct ProcessFigures {
    std::uint64_t waiting = 0;  ///< messages
    double lag_seconds = 0;     ///< how long the oldest of them has waited
};

/// This process among those that share the shards: its part are those whose PostgreSQL advisory lock its session holds,
/// and it belongs to the group by a lock that all members share. When the session ends, in whatever way, all of them are
/// free. One thread.
///
/// After a Failure nothing is held and the process is no member; look() joins again.
class ShardLocks {
public:
    /// `name` is shown to operators.
    ShardLocks(std::string dsn, std::string name) : dsn_(std::move(dsn)), name_(std::move(name)) {}

    /// Is anybody else of the group there? Joins nothing.
    Result<bool> others();
    /// Makes sure that the session lives and belongs to the group, and tells who holds what.
    Result<ShardView> look();
    /// Takes up to `most` of these, as far as nobody was quicker. Answers those taken, in order.
    Result<std::string> take(const std::string& shards, std::size_t most);
    Result<void> release(const std::string& shards);
    /// For operators; worth little by itself, so it is written without waiting for the disk.
    Result<void> tell(const ProcessFigures& figures);
    /// Ends the session.
    void leave();

private:
    Result<void> connect();
    Result<void> join();
    Result<storage::Rows> run(const std::string& sql, std::initializer_list<storage::Param> params);

    std::string dsn_;
    std::string name_;
    std::optional<storage::Connection> connection_;
    bool member_ = false;
};

}  // namespace watchglass::ingest

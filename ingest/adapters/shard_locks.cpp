// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/shard_locks.h"

#include <algorithm>

#include "schemas/values/identifiers.h"

namespace watchglass::ingest {
namespace {

// The first key of our advisory locks ("wgsh"); the second is the shard's letter.
constexpr std::int32_t shard_lock_class = 0x77677368;

}  // namespace

Result<std::string> ShardLocks::refresh() {
    if (connection_ && connection_->broken()) connection_.reset();
    if (!connection_) {
        held_.clear();
        auto opened = storage::Connection::open(dsn_, "watchglass-ingestd shards");
        if (!opened) return failed(opened);
        connection_.emplace(std::move(*opened));
    }
    if (const auto taken = take_free_ones(); !taken) {
        connection_.reset();
        held_.clear();
        return failed(taken);
    }
    return held_;
}

/// One statement, which also finds out whether the session still lives.
Result<void> ShardLocks::take_free_ones() {
    std::vector<std::int32_t> wanted;
    for (const char shard : all_shards) {
        if (held_.find(shard) == std::string::npos) wanted.push_back(shard);
    }
    const auto rows = connection_->run(
        "SELECT shard FROM unnest($2::int4[]) AS shard WHERE pg_try_advisory_lock($1, shard)",
        {shard_lock_class, wanted});
    if (!rows) return failed(rows);
    for (const auto row : *rows) held_.push_back(static_cast<char>(row.int32(0)));
    std::sort(held_.begin(), held_.end());
    return {};
}

}  // namespace watchglass::ingest

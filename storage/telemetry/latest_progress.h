// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/latest_store.h"

/// How far `latest_values` has come behind the commits, and what is missing after a crash. Table `latest_progress`.
namespace watchglass::storage {

/// The latest rows hold all that the commits of these shards up to `through` say. Never moves back.
Result<void> save_latest_progress(UnitOfWork& unit, std::string_view shards, std::int64_t through);

/// The commits, in their order, that stored something of these shards and that the latest rows may lack.
Result<std::vector<std::int64_t>> commits_ahead_of_latest(Connection& connection, std::string_view shards);

/// Whether the latest rows lack something that a commit before `end` said: until they have it, its frames are needed.
Result<bool> latest_owes_before(Connection& connection, WallTime end);

/// What the frames that this commit stored say of the latest values, for devices of these shards. Confirmations are not
/// stored: the next one says it again.
Result<LatestNewsByKey> news_of_commit(Connection& connection, std::int64_t commit, std::string_view shards);

}  // namespace watchglass::storage

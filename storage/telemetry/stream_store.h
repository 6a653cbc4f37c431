// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

/// Stream positions: what makes a repeat a repeat. Table `streams`; kept chains in `commits`.
namespace watchglass::storage {

/// The streams of these shards' devices (first letters of their ids) that moved within a day: streams are kept for
/// ever, and most are over.
Result<std::vector<StreamState>> load_streams(Connection& connection, std::string_view shards);
/// Every stream of one device.
Result<std::vector<StreamState>> load_streams(Connection& connection, const DeviceKey& device);

/// The same rows, waiting for whoever is changing them: after a commit whose outcome is unknown. A stream without a
/// row stands at 0 and is not in the answer. Locks until the unit of work ends.
Result<std::vector<StreamState>> lock_streams(UnitOfWork& unit, std::span<const StreamKey> streams);

/// Moves every run's stream from `from - 1` to `through`, all or none, writes the commit record that holds the chains
/// and that the live tail follows, and announces it on `watchglass_committed`. Answers the commit's number.
///
/// Fails with storage.stream_moved when a stream does not stand at `from - 1`: roll back and load again, another
/// process was faster. At most one run per stream.
Result<std::int64_t> advance_streams(UnitOfWork& unit, std::span<const StreamRun> runs, WallTime received);

/// Announces rows that a replay put at old positions, so that the live tail shows them: a commit record as above,
/// but no stream moves and no chains are kept. Answers the commit's number.
Result<std::int64_t> announce_replayed(UnitOfWork& unit, std::span<const StreamRun> runs, WallTime received);

/// The chain kept for one position, as long as commits are kept (30 days); nothing within or before a gap of its commit.
/// A landmark at every 16th position keeps the search short.
Result<std::optional<Chain>> kept_chain(Connection& connection, const StreamKey& stream, StreamSeq seq);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

/// What could not be read or was refused: kept with its bytes and a reason a person can act on. Table `quarantine`.
namespace watchglass::storage {

enum class QuarantineState : std::int16_t { open = 1, replay_requested = 2, replayed = 3 };
std::string_view to_text(QuarantineState state);

/// A message without a place in a stream comes again for as long as its device keeps it: the same bytes of one device
/// for one reason are one row a day, which counts in `seen` how often they came.
Result<void> keep_in_quarantine(UnitOfWork& unit, std::span<const QuarantineRow> rows);

/// A frame that somebody asked to be tried again.
struct ReplayRequest {
    std::int64_t id = 0;
    DeviceKey device;
    DeviceId device_id;
    std::optional<StreamId> stream;
    StreamSeq seq{};
    WallTime received;
    std::string topic;
    Bytes bytes;
};

/// Marks a quarantined frame for replay and NOTIFYs `watchglass_quarantine`. foundation.not_found when there is no
/// such row within `tenant` (nothing: any tenant), storage.already_exists when it was replayed before.
Result<void> request_replay(UnitOfWork& unit, std::int64_t id, std::optional<TenantNumber> tenant);

/// What waits for replay in these shards, a letter each, oldest first.
Result<std::vector<ReplayRequest>> replay_requests(Connection& connection, std::string_view shards, int most);

/// Within the unit of work that stores the replayed frame: true when this call marked it replayed, false when
/// somebody else already had (then roll back).
Result<bool> mark_replayed(UnitOfWork& unit, std::int64_t id);
/// The replay failed again: back to open, with the new reason. What has no place in a stream keeps its code, by which
/// its repeats are known, and gets the new detail alone.
Result<void> mark_refused_again(UnitOfWork& unit, std::int64_t id, std::string_view code,
                                std::string_view detail);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/read/scope.h"

namespace watchglass::storage {

/// Places of a stream whose frames will never come, or may be stored twice: a row of the view `gaps` or of
/// `possible_repeats`.
struct DeviceGap {
    bool repeat = false;  ///< these frames may be stored under another epoch, too
    std::string lane;     ///< telemetry, events
    std::string epoch;    ///< in hex
    std::int64_t from_seq = 0;
    std::int64_t to_seq = 0;
    std::optional<std::string> cause;          ///< journal_full ... ; nothing for a possible repeat
    std::optional<std::int64_t> changes_lost;  ///< nothing: not known
    WallTime received;

    [[nodiscard]] std::int64_t frames() const { return to_seq - from_seq + 1; }
};

struct GapQuery {
    DeviceId device;
    WallTime since;  ///< inclusive, when the platform was told
    WallTime until;  ///< exclusive
    Page page;
};

struct GapPage {
    std::vector<DeviceGap> items;  ///< newest first
    std::optional<std::string> next;
};

/// foundation.invalid_argument when the cursor is not one of ours.
Result<GapPage> list_gaps(UnitOfWork& unit, const GapQuery& query);

}  // namespace watchglass::storage

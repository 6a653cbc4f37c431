// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// What a Hello told about one boot's clock, beside our own: with it the times of that boot's frames are corrected.
struct ClockAnchor {
    DeviceKey device;
    BootId boot{};
    Microseconds monotonic{0};  ///< since that boot, when the Hello was made
    WallTime wall;              ///< the device's wall clock then
    ClockQuality clock_quality = ClockQuality::unknown;
    WallTime received;  ///< our clock when it came
};

/// How many boots of a device have their anchor kept.
inline constexpr std::size_t clock_anchors_kept = 4;

/// The first anchor of each boot is kept, so that a boot's frames are corrected alike whenever they come; a later one
/// replaces it only when its clock quality is better. Only the newest `clock_anchors_kept` of a device stay.
Result<void> save_clock_anchors(UnitOfWork& unit, std::span<const ClockAnchor> anchors);
/// The kept anchors of these shards' devices, oldest first, at most `clock_anchors_kept` of each.
Result<std::vector<ClockAnchor>> load_clock_anchors(Connection& connection, std::string_view shards);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/foundation/clock.h"

namespace watchglass::device {

/// How the way to the platform looks from here. A copy; taking it never waits for disk or network.
struct LinkStatus {
    std::string device;           ///< device id
    bool connected = false;       ///< to the broker; says nothing about storing
    std::string last_error;       ///< why the link or the disk last failed; empty: never, or well again
    std::uint64_t backlog = 0;    ///< frames and gaps that the platform has not confirmed as stored
    std::uint64_t in_flight = 0;  ///< of those, sent and waiting for the platform's word
    std::optional<WallTime>
        oldest_unstored;                  ///< about when the oldest of the backlog was recorded, device clock
    std::optional<WallTime> last_stored;  ///< when the platform last confirmed something, device clock
    std::uint64_t bytes_on_disk = 0;
    std::uint64_t bytes_in_memory =
        0;                       ///< recorded and not on disk yet; bounded, however long disk and link refuse
    std::uint64_t recorded = 0;  ///< changes, confirmations and events recorded since open
    std::uint64_t dropped =
        0;  ///< frames given up since open because disk or memory was full; declared as gaps
};

}  // namespace watchglass::device

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "ingest/pipeline/batch.h"
#include "libs/foundation/clock.h"

namespace watchglass::ingest {

/// Where a boot of a device stands in our time: `offset` = our wall time minus the device's time since boot.
struct Anchor {
    Microseconds offset{0};
    WallTime learned;
};

/// The rules by which a device's time becomes ours. A wrong clock is never a reason to refuse anything.
///
/// 1. The device's clock error at the moment a frame was made follows from the anchor of that boot (from a Hello):
///    error = (offset + frame.monotonic) - frame.wall. A synchronized clock is believed as it is; any other whose
///    error is below `believed` too: what we measure there is the network's delay.
/// 2. Without an anchor, clocks that are set or synchronized are believed; others give way to the time of receipt.
/// 3. So does a frame of which anything then falls outside [received - keep, received + 5 min].
///
/// A frame moves as a whole, so that the distances within it and the device's own times stay readable; where the time
/// of receipt is used, it is that of the last change, and the frame is flagged. A replay of old observations by an
/// instrument whose clock is right keeps its times exactly, as long as they are within the retention. One thread.
class Timekeeper {
public:
    static constexpr Microseconds believed{10'000'000};
    static constexpr Microseconds future{300'000'000};
    /// A crystal drifts by some 50 parts per million: an older anchor is replaced by whatever comes.
    static constexpr Microseconds anchor_life{3'600'000'000};

    /// Delay only ever makes a Hello late, so the smallest offset of the last hour is the best.
    void learn(const DeviceKey& device, const Hello& hello, WallTime received);
    /// An anchor kept from before a restart; never worse than none.
    void restore(const DeviceKey& device, BootId boot, const Anchor& anchor);
    [[nodiscard]] std::optional<Anchor> anchor(const DeviceKey& device, BootId boot) const;

    /// Fills in the platform's times.
    void correct(const DeviceKey& device, Microseconds keep, WallTime received, ReadableBody& body) const;

private:
    struct Boot {
        BootId id{};
        Anchor anchor;
    };
    static constexpr std::size_t boots_kept =
        4;  ///< newest last: a backlog may be older than the present boot
    std::map<DeviceKey, std::vector<Boot>> boots_;
};

}  // namespace watchglass::ingest

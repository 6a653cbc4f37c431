// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "storage/history/close_frames.h"
#include "storage/history/partitions.h"

namespace watchglass::storage::history {

struct CloserSettings {
    /// An hour is closed this long after its end, and a frame this long after it was received.
    Microseconds settle = std::chrono::hours{1};
    std::int32_t most_frames = 10'000;  ///< in one transaction
};

/// Closes all hours that are over, piece by piece, in rounds from the oldest day to the newest. A round begins when
/// another hour is over, and every ten minutes for what came late.
///
/// Finding the next instrument is one index probe, also in a day where everything is closed; a day that is empty and
/// past is dropped, so that there are few. An instrument whose frames cannot be closed is passed over until the next
/// round. One thread.
class Closer {
public:
    explicit Closer(CloserSettings settings) : settings_(settings) {}

    /// Does one piece of work at most. Nothing: there is none until another round is due.
    Result<std::optional<Closed>> step(Connection& connection, WallTime now);

    /// Frames that begin before this are closed at `now`.
    [[nodiscard]] WallTime horizon(WallTime now) const;
    [[nodiscard]] std::uint64_t dropped_days() const { return dropped_days_; }

private:
    Result<bool> begin_round(Connection& connection, WallTime now);
    Result<std::optional<DeviceKey>> next_device(Connection& connection) const;
    Result<void> end_day(Connection& connection, WallTime now);

    CloserSettings settings_;
    FrameCloser frames_;
    std::vector<Partition> days_;  ///< of this round, the present one last
    DeviceKey device_{};           ///< the last that was looked at in the present day
    WallTime horizon_;             ///< of this round
    WallTime next_round_;
    std::uint64_t dropped_days_ = 0;
};

}  // namespace watchglass::storage::history

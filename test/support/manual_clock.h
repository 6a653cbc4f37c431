// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "libs/foundation/clock.h"

namespace watchglass::test {

/// A clock that moves only when a test moves it. Thread-safe.
class ManualClock final : public Clock {
public:
    explicit ManualClock(WallTime wall = {1'763'683'200'000'000}) : wall_(wall.us) {}  // 2025-11-21T00:00:00Z

    [[nodiscard]] SteadyTime steady() const override { return {steady_.load()}; }
    [[nodiscard]] WallTime wall() const override { return {wall_.load()}; }

    /// Time passes: both clocks go on.
    void advance(Microseconds by) {
        steady_ += by.count();
        wall_ += by.count();
    }
    /// Somebody sets the machine's clock: only wall time jumps.
    void set_wall(WallTime to) { wall_ = to.us; }

private:
    std::atomic<std::int64_t> steady_{1'000'000};
    std::atomic<std::int64_t> wall_;
};

}  // namespace watchglass::test

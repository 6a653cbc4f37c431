// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/publish/backlog_window.h"

namespace watchglass::device {

void BacklogWindow::restart() {
    frames_ = 4 + static_cast<std::size_t>(rng_.next_unit() * 12.0);
    adjusted_.reset();
    rest_until_.reset();
}

void BacklogWindow::stored(SteadyTime sent, SteadyTime now) {
    const Microseconds trip = now - sent;
    if (adjusted_ && sent < *adjusted_) return;  // sent before the last adjustment could show
    adjusted_ = now;
    rest_until_.reset();
    if (trip <= patience) {
        const auto growth = 1 + static_cast<std::size_t>(rng_.next_unit() * static_cast<double>(frames_) / 2);
        frames_ = std::min(most, frames_ + growth);
        return;
    }
    if (frames_ == least) {
        // One frame at a time is still too much: less often, then.
        const auto rest = static_cast<double>(trip.count()) * (0.5 + rng_.next_unit());
        rest_until_ = now + Microseconds{static_cast<std::int64_t>(rest)};
    }
    frames_ = std::max(least, frames_ / 2);
}

}  // namespace watchglass::device

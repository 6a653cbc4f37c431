// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace watchglass {

/// How a consumer waits for a queue that another thread fills: at once for the first when little comes; when it was here
/// a moment ago, for a few at a time, because then a wake-up for each costs more than the work itself.
///
/// A part of the queue, used under its mutex.
class Gathering {
public:
    static constexpr std::size_t enough = 64;                ///< worth a wake-up in any case
    static constexpr std::chrono::microseconds most{250};    ///< added to the wait of any message
    static constexpr std::chrono::microseconds lately{500};  ///< between two visits of a busy consumer

    /// Whether the consumer shall be notified, now that `waiting` wait.
    [[nodiscard]] bool worth_waking(std::size_t waiting) const { return waiting >= wanted_; }

    /// Returns when something waits, when `ended` says so, or after `patience`. `waiting` tells how many there are.
    template <class Duration, class Waiting, class Ended>
    void wait(std::unique_lock<std::mutex>& lock, std::condition_variable& filled, Duration patience,
              Waiting waiting, Ended ended) {
        using Now = std::chrono::steady_clock;
        if (patience > Duration{0}) {
            if (Now::now() - last_ < lately) {
                wanted_ = enough;
                filled.wait_for(lock, most, [&] { return ended() || waiting() >= enough; });
                wanted_ = 1;
            }
            filled.wait_for(lock, patience, [&] { return ended() || waiting() > 0; });
        }
        last_ = Now::now();
    }

private:
    std::size_t wanted_ = 1;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace watchglass

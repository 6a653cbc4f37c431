// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

#include <watchglass/device.h>

namespace watchglass::agent {

/// Asks a source to end, from any thread.
class StopSign {
public:
    void raise() {
        {
            const std::lock_guard lock(mutex_);
            raised_ = true;
        }
        changed_.notify_all();
    }
    [[nodiscard]] bool raised() const {
        const std::lock_guard lock(mutex_);
        return raised_;
    }
    /// True when it was raised before `patience` ended.
    bool wait(std::chrono::microseconds patience) const {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [this] { return raised_; });
    }

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    bool raised_ = false;
};

/// Where an agent's readings come from.
class Source {
public:
    virtual ~Source() = default;
    /// Reads until it is at its end (success), cannot go on (failure), or `stop` is raised (success).
    virtual Result<void> run(device::Device& device, const StopSign& stop) = 0;
};

}  // namespace watchglass::agent

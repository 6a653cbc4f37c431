// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/inbox.h"

#include <utility>

namespace watchglass::mqtt {

void Inbox::post(LinkEvent event) {
    {
        const std::lock_guard lock(mutex_);
        if (const auto* arrived = std::get_if<Arrived>(&event.what)) {
            const auto size = arrived->message.payload.size() + arrived->message.topic.size();
            if (bytes_ + size > most_bytes_) {
                ++dropped_;
                return;
            }
            bytes_ += size;
        }
        events_.push_back(std::move(event));
        if (!gathering_.worth_waking(events_.size())) return;
    }
    filled_.notify_one();
}

std::vector<LinkEvent> Inbox::take(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    gathering_.wait(
        lock, filled_, patience, [&] { return events_.size(); }, [&] { return woken_; });
    woken_ = false;
    bytes_ = 0;
    return std::exchange(events_, {});
}

void Inbox::wake() {
    {
        const std::lock_guard lock(mutex_);
        woken_ = true;
    }
    filled_.notify_one();
}

std::uint64_t Inbox::dropped() const {
    const std::lock_guard lock(mutex_);
    return dropped_;
}

std::uint64_t Inbox::waiting_bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace watchglass::mqtt

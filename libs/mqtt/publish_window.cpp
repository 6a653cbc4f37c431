// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/publish_window.h"

#include <algorithm>
#include <utility>

namespace watchglass::mqtt {

namespace {
constexpr std::size_t largest = 1024;
}

PublishWindow::PublishWindow(std::size_t size)
    : slots_(std::clamp<std::size_t>(size, 1, largest)), most_(slots_.size()) {
    for (std::size_t slot = slots_.size(); slot > 0; --slot)
        free_.push_back(static_cast<std::uint32_t>(slot - 1));
}

void PublishWindow::limit(std::size_t most) {
    const std::lock_guard lock(mutex_);
    most_ = std::clamp<std::size_t>(most, 1, slots_.size());
}

std::optional<std::uint32_t> PublishWindow::reserve(Publish publish) {
    const std::lock_guard lock(mutex_);
    if (slots_.size() - free_.size() >= most_) return std::nullopt;
    const auto slot = free_.back();
    free_.pop_back();
    slots_[slot] = publish;
    return slot;
}

std::optional<PublishWindow::Publish> PublishWindow::release(std::uint32_t slot) {
    const std::lock_guard lock(mutex_);
    if (slot >= slots_.size() || !slots_[slot]) return std::nullopt;
    free_.push_back(slot);
    return std::exchange(slots_[slot], std::nullopt);
}

std::vector<PublishWindow::Publish> PublishWindow::release_all() {
    const std::lock_guard lock(mutex_);
    std::vector<Publish> released;
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        if (!slots_[slot]) continue;
        released.push_back(*std::exchange(slots_[slot], std::nullopt));
        free_.push_back(static_cast<std::uint32_t>(slot));
    }
    return released;
}

bool PublishWindow::idle() const {
    const std::lock_guard lock(mutex_);
    return free_.size() == slots_.size();
}

}  // namespace watchglass::mqtt

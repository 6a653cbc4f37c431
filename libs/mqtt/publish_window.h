// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace watchglass::mqtt {

/// Counts publishes under way and remembers whose they are. Thread-safe.
///
/// The library below stalls for a second when it meets the broker's limit, so this window, always smaller, is the
/// one that fills.
class PublishWindow {
public:
    struct Publish {
        std::uint64_t ticket = 0;
        bool acknowledged = false;  ///< QoS 1: the owner hears about it
    };

    /// At most 1,024.
    explicit PublishWindow(std::size_t size);

    /// How many may be under way from now on, at most the size.
    void limit(std::size_t most);
    /// A slot for one publish; nothing when the window is full.
    std::optional<std::uint32_t> reserve(Publish publish);
    /// Gives the slot back; nothing when it was free already.
    std::optional<Publish> release(std::uint32_t slot);
    /// Gives every slot back: the link is gone.
    std::vector<Publish> release_all();
    /// Nothing is under way.
    [[nodiscard]] bool idle() const;

private:
    mutable std::mutex mutex_;
    std::vector<std::optional<Publish>> slots_;
    std::vector<std::uint32_t> free_;
    std::size_t most_;
};

}  // namespace watchglass::mqtt

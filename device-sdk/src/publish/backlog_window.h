// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "libs/foundation/clock.h"
#include "libs/foundation/random.h"

namespace watchglass::device {

/// How many frames of a sealed epoch may be under way: as many as do not make anybody wait.
///
/// A fleet that returns from an outage shares one broker and one database with live readings and alarms. What a frame
/// takes from being sent to being stored tells how long the queue there is; the window shrinks while that exceeds
/// `patience`, grows while it does not, and each device's first share and growth are random, so that a thousand of them
/// do not move in step (the idea of LEDBAT, RFC 6817). Pure; one thread.
class BacklogWindow {
public:
    static constexpr Microseconds patience{200'000};
    static constexpr std::size_t least = 1;
    static constexpr std::size_t most = 256;

    explicit BacklogWindow(Rng& rng) : rng_(rng) { restart(); }

    /// A link came up: nothing is known about the queue.
    void restart();
    /// A frame sent at `sent` is stored at `now`. Adjusts at most once in the time of one such trip.
    void stored(SteadyTime sent, SteadyTime now);

    /// Time goes on: a pause may be over.
    void look(SteadyTime now) {
        if (rest_until_ && now >= *rest_until_) rest_until_.reset();
    }
    /// May another frame follow, with so many under way?
    [[nodiscard]] bool open(std::size_t under_way) const { return under_way < frames_ && !rest_until_; }
    /// When a pause ends that keeps the window shut.
    [[nodiscard]] std::optional<SteadyTime> rest_until() const { return rest_until_; }
    [[nodiscard]] std::size_t frames() const { return frames_; }

private:
    Rng& rng_;
    std::size_t frames_ = least;
    std::optional<SteadyTime> adjusted_;
    std::optional<SteadyTime> rest_until_;
};

}  // namespace watchglass::device

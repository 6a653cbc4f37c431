// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/timekeeper.h"

#include <limits>

namespace watchglass::ingest {
namespace {

// A device may claim any 64-bit time: sums stop at the ends of the scale instead of running over.
std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

std::int64_t subtract(std::int64_t a, std::int64_t b) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

/// How the device's wall clock is turned into ours for one frame.
struct Correction {
    std::int64_t error_us = 0;
    bool usable = true;
};

Correction correction_for(const ReadableBody& body, const std::optional<Anchor>& anchor) {
    if (body.clock_quality == ClockQuality::synchronized) return {};
    if (!anchor) return {.usable = body.clock_quality == ClockQuality::set};
    const std::int64_t ours = add(anchor->offset.count(), body.monotonic.count());
    const std::int64_t error = subtract(ours, body.wall.us);
    const bool believable = error < Timekeeper::believed.count() && error > -Timekeeper::believed.count();
    return {.error_us = believable ? 0 : error};
}

}  // namespace

void Timekeeper::learn(const DeviceKey& device, const Hello& hello, WallTime received) {
    restore(
        device, hello.boot,
        Anchor{.offset = Microseconds{subtract(received.us, hello.monotonic.count())}, .learned = received});
}

void Timekeeper::restore(const DeviceKey& device, BootId boot, const Anchor& anchor) {
    std::vector<Boot>& boots = boots_[device];
    for (Boot& known : boots) {
        if (known.id != boot) continue;
        const bool old = subtract(anchor.learned.us, known.anchor.learned.us) > anchor_life.count();
        if (old || anchor.offset < known.anchor.offset) known.anchor = anchor;
        return;
    }
    if (boots.size() == boots_kept) boots.erase(boots.begin());
    boots.push_back({boot, anchor});
}

std::optional<Anchor> Timekeeper::anchor(const DeviceKey& device, BootId boot) const {
    const auto found = boots_.find(device);
    if (found == boots_.end()) return std::nullopt;
    for (const Boot& known : found->second) {
        if (known.id == boot) return known.anchor;
    }
    return std::nullopt;
}

void Timekeeper::correct(const DeviceKey& device, Microseconds keep, WallTime received,
                         ReadableBody& body) const {
    const Correction correction = correction_for(body, anchor(device, body.boot));
    const std::int64_t earliest = subtract(received.us, keep.count());
    const std::int64_t latest = add(received.us, future.count());
    const auto believable = [&](std::int64_t us) {
        return correction.usable && us >= earliest && us <= latest;
    };

    const std::int64_t first = add(body.base.us, correction.error_us);
    const std::int64_t span = body.longest_offset();
    body.time_replaced = !believable(first) || !believable(add(first, span));
    body.t = WallTime{body.time_replaced ? received.us - span : first};

    body.event_times.clear();
    for (const Event& event : body.events) {
        const std::int64_t at = add(event.at.us, correction.error_us);
        body.event_times.push_back(believable(at) ? WallTime{at} : received);
    }
}

}  // namespace watchglass::ingest

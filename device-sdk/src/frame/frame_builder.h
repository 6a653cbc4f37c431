// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "device-sdk/src/filter/change_filter.h"
#include "schemas/values/frame.h"
#include <watchglass/options.h>

namespace watchglass::device {

/// The device's clocks at the moment a frame is made.
struct Stamp {
    SteadyTime now;
    WallTime wall;
    ClockQuality quality = ClockQuality::unknown;
};

/// True when the wall clock was set (by more than a second) or is known better or worse than it was: what was read
/// before must not be told with what the clock says after.
[[nodiscard]] bool clock_moved(const Stamp& before, const Stamp& after);
/// What the clock of `before` would say at `now`.
[[nodiscard]] Stamp continued(const Stamp& before, SteadyTime now);

/// Collects reported changes into frames: at most 120 changes over at most 15 minutes of observation, about 2 KB, and
/// no change waits longer than the flush interval. Events make a frame of their own at once.
/// Pure; one thread at a time.
class FrameBuilder {
public:
    FrameBuilder(const Dictionary& dictionary, const TelemetryPolicy& policy, BootId boot);

    struct Frames {
        std::vector<Body> telemetry;
        std::vector<Body> events;
    };

    void add(Reported&& reported, const Stamp& stamp, Frames& done);
    /// The first values of an epoch: frames of their own, marked so. Without any, the next frame is marked.
    void add_snapshot(const std::vector<Change>& values, const Stamp& stamp, Frames& done);
    void flush_if_due(const Stamp& stamp, Frames& done);
    void flush(const Stamp& stamp, Frames& done);

    /// When flush_if_due() has something to do.
    [[nodiscard]] std::optional<SteadyTime> due() const;
    [[nodiscard]] bool empty() const { return open_.changes.empty() && open_.confirmations.empty(); }

private:
    void make_room(WallTime at, const Stamp& stamp, Frames& done);
    void count(std::size_t bytes, const Stamp& stamp, Frames& done);
    void add_events(std::vector<Event>&& events, const Stamp& stamp, Frames& done) const;
    void stamp_body(Body& body, const Stamp& stamp) const;

    const Dictionary& dictionary_;
    TelemetryPolicy policy_;
    BootId boot_;
    Body open_;
    std::size_t open_bytes_ = 0;
    SteadyTime opened_;
    WallTime earliest_;
    WallTime latest_;
};

}  // namespace watchglass::device

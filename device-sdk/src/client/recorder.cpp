// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/recorder.h"

#include <algorithm>
#include <utility>

#include "schemas/codec/limits.h"

namespace watchglass::device {
namespace {

/// Frames that may wait for a worker whose disk is slow: about half a megabyte on the wire, a few in memory.
constexpr std::size_t most_waiting = 256;

template <class Count>
std::uint64_t trim(std::vector<Body>& bodies, Count count) {
    if (bodies.size() <= most_waiting) return 0;
    const auto keep_from = bodies.end() - static_cast<std::ptrdiff_t>(most_waiting);
    std::uint64_t lost = 0;
    for (auto it = bodies.begin(); it != keep_from; ++it) lost += count(*it);
    bodies.erase(bodies.begin(), keep_from);
    return lost;
}

}  // namespace

Recorder::Recorder(const Dictionary& dictionary, const TelemetryPolicy& policy, BootId boot,
                   Platform& platform, std::function<void()> wake)
    : dictionary_(dictionary),
      platform_(platform),
      wake_(std::move(wake)),
      filter_(dictionary_),
      builder_(dictionary_, policy, boot) {}

/// A clock outside the calendar would make every frame unsayable; at its edge it is just as wrong, and said.
Stamp Recorder::stamp() const {
    const Clock& clock = platform_.clock();
    const std::int64_t wall =
        std::clamp(clock.wall().us, codec::limits::earliest_us, codec::limits::latest_us);
    return {clock.steady(), WallTime{wall}, platform_.clock_quality()};
}

Result<void> Recorder::set(ParameterNumber parameter, const Value& value, std::optional<WallTime> at) {
    Reported reported;
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        const Stamp now = stamp();
        follow_clock(now);
        const Observation seen{at.value_or(now.wall), now.now, at.has_value()};
        const auto held_before = filter_.next_tick();
        if (auto good = filter_.offer(parameter, value, seen, reported); !good) return good;
        const bool idle = builder_.empty();
        const std::size_t finished = done_.telemetry.size() + done_.events.size();
        if (!reported.empty()) accept(std::move(reported), now);
        // A change that joins others, or replaces one that is held back, finds the worker's alarm already set.
        wake = (idle && !builder_.empty()) || done_.telemetry.size() + done_.events.size() != finished ||
               filter_.next_tick() != held_before;
    }
    if (wake) wake_();
    return {};
}

Result<void> Recorder::raise(std::string_view alarm, Severity severity, std::string_view text) {
    {
        Reported reported;
        const std::lock_guard lock(mutex_);
        const Stamp now = stamp();
        if (auto good = filter_.raise(alarm, severity, text, now.wall, reported); !good) return good;
        if (reported.empty()) return {};
        accept(std::move(reported), now);
    }
    wake_();
    return {};
}

Result<void> Recorder::clear(std::string_view alarm, std::string_view text) {
    {
        Reported reported;
        const std::lock_guard lock(mutex_);
        const Stamp now = stamp();
        if (auto good = filter_.clear(alarm, text, now.wall, reported); !good) return good;
        if (reported.empty()) return {};
        accept(std::move(reported), now);
    }
    wake_();
    return {};
}

void Recorder::note(std::string_view name, Severity severity, std::string_view text) {
    const std::lock_guard lock(mutex_);
    const Stamp now = stamp();
    Reported reported;
    reported.events.push_back({EventKind::raised, severity, std::string{name}, std::nullopt, std::nullopt,
                               std::string{text}, now.wall});
    accept(std::move(reported), now);
}

/// A clock that was set since the oldest waiting reading: all that waits is told with the clock it was read by, and
/// what is read from here on with the new one.
void Recorder::follow_clock(const Stamp& now) {
    const bool waiting = !builder_.empty() || filter_.next_tick();
    if (waiting && clock_moved(base_, now)) {
        const Stamp then = continued(base_, now.now);
        Reported held;
        filter_.release_held(held);
        if (!held.empty()) accept(std::move(held), then);
        builder_.flush(then, done_);
        bound();
    } else if (waiting) {
        return;
    }
    base_ = now;
}

void Recorder::accept(Reported&& reported, const Stamp& now) {
    recorded_ += reported.changes.size() + reported.confirmations.size() + reported.events.size();
    builder_.add(std::move(reported), now, done_);
    bound();
}

void Recorder::bound() {
    lost_changes_ += trim(done_.telemetry, [](const Body& body) { return body.changes.size(); });
    lost_events_ += trim(done_.events, [](const Body& body) { return body.events.size(); });
}

void Recorder::flush() {
    {
        const std::lock_guard lock(mutex_);
        const Stamp now = stamp();
        follow_clock(now);
        builder_.flush(now, done_);
        bound();
    }
    wake_();
}

Recorder::Batch Recorder::take(bool everything) {
    const std::lock_guard lock(mutex_);
    const Stamp now = stamp();
    follow_clock(now);
    Reported held;
    if (everything) {
        filter_.release_held(held);
    } else {
        filter_.tick(now.now, held);
    }
    if (!held.empty()) accept(std::move(held), now);
    if (everything) {
        builder_.flush(now, done_);
    } else {
        builder_.flush_if_due(now, done_);
    }
    return {std::exchange(done_, {}), std::exchange(lost_changes_, 0), std::exchange(lost_events_, 0)};
}

void Recorder::snapshot() {
    const std::lock_guard lock(mutex_);
    const Stamp now = stamp();
    follow_clock(now);
    builder_.add_snapshot(filter_.snapshot(now.wall, now.now), now, done_);
    bound();
}

std::optional<SteadyTime> Recorder::due() const {
    const std::lock_guard lock(mutex_);
    if (!done_.telemetry.empty() || !done_.events.empty()) return SteadyTime{};
    const auto frame = builder_.due();
    const auto held = filter_.next_tick();
    if (frame && held) return std::min(*frame, *held);
    return frame ? frame : held;
}

std::size_t Recorder::waiting() const {
    const std::lock_guard lock(mutex_);
    return done_.telemetry.size();
}

std::uint64_t Recorder::recorded() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
}

}  // namespace watchglass::device

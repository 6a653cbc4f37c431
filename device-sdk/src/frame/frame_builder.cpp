// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/frame/frame_builder.h"

#include <algorithm>
#include <utility>

#include "schemas/codec/limits.h"

namespace watchglass::device {
namespace {

// What one entry takes on the wire, roughly and rather too much: keys and deltas are one to three bytes each.
constexpr std::size_t frame_overhead = 64;
constexpr std::size_t number_bytes = 6;
constexpr std::size_t confirmation_bytes = 4;

std::size_t size_of(const Change& change) {
    const auto* text = std::get_if<std::string>(&change.value);
    return number_bytes + (text != nullptr ? text->size() : 0);
}

}  // namespace

bool clock_moved(const Stamp& before, const Stamp& after) {
    const Microseconds moved = after.wall - continued(before, after.now).wall;
    return std::chrono::abs(moved) > std::chrono::seconds{1} || before.quality != after.quality;
}

Stamp continued(const Stamp& before, SteadyTime now) {
    return {now, before.wall + (now - before.now), before.quality};
}

FrameBuilder::FrameBuilder(const Dictionary& dictionary, const TelemetryPolicy& policy, BootId boot)
    : dictionary_(dictionary), policy_(policy), boot_(boot) {}

void FrameBuilder::add(Reported&& reported, const Stamp& stamp, Frames& done) {
    for (Change& change : reported.changes) {
        make_room(change.at, stamp, done);
        const std::size_t bytes = size_of(change);
        open_.changes.push_back(std::move(change));
        count(bytes, stamp, done);
    }
    for (const Confirmation& confirmation : reported.confirmations) {
        make_room(confirmation.at, stamp, done);
        open_.confirmations.push_back(confirmation);
        count(confirmation_bytes, stamp, done);
    }
    if (!reported.events.empty()) add_events(std::move(reported.events), stamp, done);
}

void FrameBuilder::add_snapshot(const std::vector<Change>& values, const Stamp& stamp, Frames& done) {
    flush(stamp, done);
    for (const Change& change : values) {
        // Every frame of the snapshot says so: a reader may meet any of them first.
        open_.snapshot = true;
        make_room(change.at, stamp, done);
        open_.snapshot = true;
        open_.changes.push_back(change);
        count(size_of(change), stamp, done);
    }
    flush(stamp, done);
    open_.snapshot = values.empty();
}

/// Closes the open frame if `at` would stretch it beyond 15 minutes; opens one if there is none.
void FrameBuilder::make_room(WallTime at, const Stamp& stamp, Frames& done) {
    if (!empty()) {
        const Microseconds span = std::max(latest_, at) - std::min(earliest_, at);
        if (span > codec::limits::span) flush(stamp, done);
    }
    if (empty()) {
        opened_ = stamp.now;
        earliest_ = at;
        latest_ = at;
        open_bytes_ = frame_overhead;
    }
    earliest_ = std::min(earliest_, at);
    latest_ = std::max(latest_, at);
}

void FrameBuilder::count(std::size_t bytes, const Stamp& stamp, Frames& done) {
    open_bytes_ += bytes;
    const bool full = open_.changes.size() >= codec::limits::changes ||
                      open_.confirmations.size() >= codec::limits::confirmations ||
                      open_bytes_ >= policy_.flush_bytes;
    if (full) flush(stamp, done);
}

void FrameBuilder::flush_if_due(const Stamp& stamp, Frames& done) {
    const auto moment = due();
    if (moment && *moment <= stamp.now) flush(stamp, done);
}

void FrameBuilder::flush(const Stamp& stamp, Frames& done) {
    if (empty()) return;
    stamp_body(open_, stamp);
    done.telemetry.push_back(std::exchange(open_, Body{}));
    open_bytes_ = 0;
}

std::optional<SteadyTime> FrameBuilder::due() const {
    if (empty()) return std::nullopt;
    return opened_ + Microseconds{policy_.flush_interval};
}

void FrameBuilder::add_events(std::vector<Event>&& events, const Stamp& stamp, Frames& done) const {
    for (std::size_t first = 0; first < events.size(); first += codec::limits::events) {
        const std::size_t last = std::min(events.size(), first + codec::limits::events);
        Body body;
        body.events.assign(std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(first)),
                           std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(last)));
        stamp_body(body, stamp);
        done.events.push_back(std::move(body));
    }
}

void FrameBuilder::stamp_body(Body& body, const Stamp& stamp) const {
    body.dictionary = dictionary_.name;
    body.dictionary_version = dictionary_.version;
    body.boot = boot_;
    body.monotonic = stamp.now - SteadyTime{};
    body.wall = stamp.wall;
    body.clock_quality = stamp.quality;
}

}  // namespace watchglass::device

// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/latest.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace watchglass::storage {
namespace {

WallTime at(const FrameRow& frame, std::int32_t offset_us) { return frame.t + Microseconds{offset_us}; }

/// May a change of `frame`, read at `when`, take the place of what is there?
bool replaces(const LatestEntry& there, const FrameRow& frame, WallTime when) {
    if (there.stream == frame.stream)
        return frame.seq > there.seq || (frame.seq == there.seq && when >= there.changed);
    // The stream decides between equal times, so that the order of arrival does not.
    return std::tie(when, frame.stream) > std::tie(there.confirmed, there.stream);
}

void apply_change(std::vector<LatestEntry>& entries, const FrameRow& frame, std::size_t i) {
    const WallTime when = at(frame, frame.offsets_us[i]);
    auto place =
        std::lower_bound(entries.begin(), entries.end(), frame.parameters[i],
                         [](const LatestEntry& e, std::int16_t number) { return e.parameter < number; });
    if (place == entries.end() || place->parameter != frame.parameters[i]) {
        place = entries.insert(place, LatestEntry{});
    } else if (!replaces(*place, frame, when)) {
        return;
    }
    place->parameter = frame.parameters[i];
    place->dictionary = frame.dictionary;
    place->number = frame.numbers[i];
    place->text = std::isnan(frame.numbers[i]) && !frame.texts.empty() ? frame.texts[i] : std::string_view{};
    place->changed = when;
    place->confirmed = when;
    place->stream = frame.stream;
    place->seq = frame.seq;
}

void apply_confirmation(std::vector<LatestEntry>& entries, const FrameRow& frame, std::size_t i) {
    const auto place =
        std::lower_bound(entries.begin(), entries.end(), frame.confirmed[i],
                         [](const LatestEntry& e, std::int16_t number) { return e.parameter < number; });
    if (place == entries.end() || place->parameter != frame.confirmed[i]) return;
    if (place->stream != frame.stream || frame.seq < place->seq) return;
    place->confirmed = std::max(place->confirmed, at(frame, frame.confirmed_offsets_us[i]));
    place->seq = frame.seq;
}

}  // namespace

void apply_to_latest(LatestState& state, const FrameRow& frame) {
    state.heard = std::max(state.heard, frame.received);
    for (std::size_t i = 0; i < frame.parameters.size(); ++i) apply_change(state.entries, frame, i);
    for (std::size_t i = 0; i < frame.confirmed.size(); ++i) apply_confirmation(state.entries, frame, i);
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/latest.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace watchglass::storage {
namespace {

WallTime at(const FrameRow& frame, std::int32_t offset_us) { return frame.t + Microseconds{offset_us}; }

/// May a change of this stream and position, read at `when`, take the place of what is there?
bool replaces(const LatestEntry& there, const StreamId& stream, StreamSeq seq, WallTime when) {
    if (there.stream == stream) return seq > there.seq || (seq == there.seq && when >= there.changed);
    // The stream decides between equal times, so that the order of arrival does not.
    return std::tie(when, stream) > std::tie(there.confirmed, there.stream);
}

using Entries = std::vector<LatestEntry>;

Entries::iterator place_of(Entries& entries, std::int16_t parameter) {
    return std::lower_bound(
        entries.begin(), entries.end(), parameter,
        [](const LatestEntry& entry, std::int16_t number) { return entry.parameter < number; });
}

bool holds(const Entries& entries, Entries::const_iterator place, std::int16_t parameter) {
    return place != entries.end() && place->parameter == parameter;
}

void add_change(Entries& entries, const FrameRow& frame, std::size_t i) {
    const WallTime when = at(frame, frame.offsets_us[i]);
    const std::int16_t parameter = frame.parameters[i];
    auto place = place_of(entries, parameter);
    if (!holds(entries, place, parameter)) {
        place = entries.insert(place, LatestEntry{});
    } else if (!replaces(*place, frame.stream, frame.seq, when)) {
        return;
    }
    place->parameter = parameter;
    place->dictionary = frame.dictionary;
    place->number = frame.numbers[i];
    place->text = std::isnan(frame.numbers[i]) && !frame.texts.empty() ? frame.texts[i] : std::string_view{};
    place->changed = when;
    place->confirmed = when;
    place->stream = frame.stream;
    place->seq = frame.seq;
}

/// False: there is no value of this stream that it could confirm.
bool confirm(Entries& entries, const LatestConfirmation& read_again) {
    const auto place = place_of(entries, read_again.parameter);
    if (!holds(entries, place, read_again.parameter) || place->stream != read_again.stream) return false;
    if (read_again.seq < place->seq) return true;
    place->confirmed = std::max(place->confirmed, read_again.at);
    place->seq = read_again.seq;
    return true;
}

/// The last one of each parameter and stream says it all.
void keep(std::vector<LatestConfirmation>& confirmations, const LatestConfirmation& read_again) {
    for (LatestConfirmation& known : confirmations) {
        if (known.parameter != read_again.parameter || known.stream != read_again.stream) continue;
        known.seq = std::max(known.seq, read_again.seq);
        known.at = std::max(known.at, read_again.at);
        return;
    }
    confirmations.push_back(read_again);
}

}  // namespace

void add_to_news(LatestNews& news, const FrameRow& frame) {
    news.heard = std::max(news.heard, frame.received);
    for (std::size_t i = 0; i < frame.parameters.size(); ++i) add_change(news.changes, frame, i);
    for (std::size_t i = 0; i < frame.confirmed.size(); ++i) {
        const LatestConfirmation read_again{frame.confirmed[i], frame.stream, frame.seq,
                                            at(frame, frame.confirmed_offsets_us[i])};
        if (!confirm(news.changes, read_again)) keep(news.confirmations, read_again);
    }
}

void apply_to_latest(LatestState& state, const LatestNews& news) {
    state.heard = std::max(state.heard, news.heard);
    for (const LatestConfirmation& read_again : news.confirmations) confirm(state.entries, read_again);
    for (const LatestEntry& change : news.changes) {
        auto place = place_of(state.entries, change.parameter);
        if (!holds(state.entries, place, change.parameter)) {
            state.entries.insert(place, change);
        } else if (replaces(*place, change.stream, change.seq, change.changed)) {
            *place = change;
        }
    }
}

}  // namespace watchglass::storage

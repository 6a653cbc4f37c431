// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "device-sdk/src/journal/codes.h"
#include "device-sdk/src/journal/journal.h"

namespace watchglass::device {
namespace {

/// So long a read may fail before what stands there is declared lost.
constexpr Microseconds unreadable_patience = std::chrono::minutes{10};

/// What is lost on both sides of a fork's cut is two gaps, of two epochs.
void end_at_cut(JournalEntry& entry, const Fork& fork) {
    auto* gap = std::get_if<Gap>(&entry.content);
    if (gap == nullptr || entry.seq > fork.cut || entry.last <= fork.cut) return;
    entry.last = gap->to = fork.cut;
    entry.chain = gap->chain_at_to = fork.cut_chain;
}

}  // namespace

Journal::Stream* Journal::find(const StreamId& id) {
    const auto found =
        std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.id == id; });
    return found == streams_.end() ? nullptr : &*found;
}

Result<JournalEntry> Journal::read(const StreamId& id, StreamSeq from) {
    Stream* stream = find(id);
    if (stream == nullptr || from.value() == 0 || from > stream->end) {
        return failed(Failure{codes::journal_no_entry, Next::retry_later, {}, {}});
    }
    const auto later = std::find_if(stream->segments.begin(), stream->segments.end(),
                                    [&](const Segment& segment) { return segment.header.first > from; });
    if (later == stream->segments.begin()) {
        auto entry = dropped_entry(*stream, from);
        if (stream->fork) end_at_cut(entry, *stream->fork);
        return entry;
    }
    auto entry = read_from_segment(*stream, *std::prev(later), from);
    const std::optional<Fork> fork = stream->fork;
    if (std::exchange(sealed_by_damage_, false)) start_epoch();
    if (entry && fork) end_at_cut(*entry, *fork);
    return entry;
}

Result<Chain> Journal::chain_after(const StreamId& id, StreamSeq seq) {
    if (seq == StreamSeq{}) return Chain{};
    const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const PendingRecord& place) {
        return id == live() && place.inherited && place.last == seq;
    });
    if (found != pending_.end()) return found->chain;
    const auto entry = read(id, seq);
    if (!entry) return failed(entry);
    if (entry->last != seq || entry->chain == Chain{}) {
        return failed(Failure{codes::journal_no_entry, Next::give_up, {}, {}});
    }
    return entry->chain;
}

/// The places before the first segment: nobody has them any more.
JournalEntry Journal::dropped_entry(const Stream& stream, StreamSeq from) const {
    JournalEntry entry;
    entry.seq = from;
    entry.prev_chain = before(from) == stream.stored_through ? stream.stored_chain : Chain{};
    if (stream.segments.empty()) {
        entry.last = stream.end;
        entry.chain = stream.end_chain;
    } else {
        entry.last = before(stream.segments.front().header.first);
        entry.chain = stream.segments.front().header.prev_chain;
    }
    const bool declared = entry.last == stream.dropped_through;
    entry.content = Gap{entry.last, declared ? stream.cause : GapCause::journal_damaged, entry.chain,
                        declared ? stream.changes_lost : 0};
    return entry;
}

Result<JournalEntry> Journal::read_from_segment(Stream& stream, Segment& segment, StreamSeq from) {
    if (segment.lost) return damaged_entry(stream, segment, from);
    if (stream.cursor == nullptr || stream.cursor_segment != segment.name || stream.cursor->next() > from) {
        auto file = disk_.open(segment.name);
        if (!file) return failed(file);
        stream.cursor = std::make_unique<SegmentCursor>(std::move(*file), segment.header);
        stream.cursor_segment = segment.name;
    }
    while (true) {
        auto read = stream.cursor->read();
        if (!read) {
            stream.cursor.reset();
            if (lasting(stream, from)) return damaged_entry(stream, segment, from);
            return failed(read);
        }
        stream.unreadable_since.reset();
        auto& entry = *read;
        if (!entry) break;
        if (entry->last < from) continue;
        if (entry->last > segment.last) break;
        if (auto* gap = std::get_if<Gap>(&entry->content); gap != nullptr && entry->seq < from) {
            entry->seq = from;
            entry->prev_chain = before(from) == stream.stored_through ? stream.stored_chain : Chain{};
            gap->changes_lost = 0;
        }
        return std::move(*entry);
    }
    return damaged_entry(stream, segment, from);
}

/// A disk that is busy, or out of descriptors, is not damage. A sector that cannot be read for minutes is: what stands
/// behind it shall not wait for ever.
bool Journal::lasting(Stream& stream, StreamSeq from) const {
    const SteadyTime now = clock_.steady();
    if (!stream.unreadable_since || stream.unreadable_place != from) {
        stream.unreadable_since = now;
        stream.unreadable_place = from;
    }
    return now - *stream.unreadable_since >= unreadable_patience;
}

/// What had been synced cannot be read back. The rest of the segment is declared lost, and the epoch ends: what
/// follows shall not hang on bytes that may be wrong.
JournalEntry Journal::damaged_entry(Stream& stream, Segment& segment, StreamSeq from) {
    stream.cursor.reset();
    stream.unreadable_since.reset();
    if (!segment.damaged) {
        segment.damaged = true;
        ++report_.damaged_segments;
        if (&stream == &live_stream()) sealed_by_damage_ = true;
    }
    JournalEntry entry;
    entry.seq = from;
    entry.last = segment.last;
    entry.prev_chain = before(from) == stream.stored_through ? stream.stored_chain : Chain{};
    entry.chain = segment.last_chain;
    entry.content = Gap{segment.last, GapCause::journal_damaged, segment.last_chain, 0};
    return entry;
}

std::vector<StreamState> Journal::streams() const {
    std::vector<StreamState> states;
    for (const Stream& stream : streams_) {
        StreamState state;
        state.id = stream.id;
        state.live = &stream == &streams_.back();
        state.first_retained = stream.segments.empty() ? StreamSeq{stream.own_end().value() + 1}
                                                       : stream.segments.front().header.first;
        state.stored_through = stream.stored_through;
        state.stored_chain = stream.stored_chain;
        state.synced_through = stream.own_end();
        state.chain = stream.fork ? stream.fork->cut_chain : stream.end_chain;
        state.end_damaged = !stream.segments.empty() && stream.segments.back().damaged;
        state.forked = stream.fork.has_value();
        state.filling = awaited(stream);
        state.history = stream.history;
        state.found_through = state.synced_through;
        for (const PendingRecord& place : pending_) {
            if (!state.live || !place.inherited) break;
            state.found_through = place.last;
        }
        states.push_back(state);
    }
    return states;
}

}  // namespace watchglass::device

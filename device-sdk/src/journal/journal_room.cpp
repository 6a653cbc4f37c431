// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device-sdk/src/journal/journal.h"

namespace watchglass::device {

bool Journal::Stream::owes(const Segment& segment) const { return owed_places(segment) > 0; }

/// Places that are this epoch's own and not stored, and those beyond a fork's cut that are not copied yet.
std::uint64_t Journal::Stream::owed_places(const Segment& segment) const {
    if (segment.empty()) return 0;
    const auto between = [](std::uint64_t first, std::uint64_t last) {
        return last < first ? 0 : last - first + 1;
    };
    const std::uint64_t first = segment.header.first.value();
    const std::uint64_t last = segment.last.value();
    const std::uint64_t cut = fork ? fork->cut.value() : last;
    const std::uint64_t moved = fork ? std::max(fork->cut, fork->moved_through).value() : last;
    return between(std::max(first, stored_through.value() + 1), std::min(last, cut)) +
           between(std::max(first, moved + 1), last);
}

/// Small files (one a start) count as if they were larger, which bounds their number too.
std::uint64_t Journal::weight(const Segment& segment) const {
    return std::max<std::uint64_t>(segment.bytes, settings_.segment_bytes / 16);
}

std::uint64_t Journal::used() const {
    std::uint64_t total = 0;
    for (const Stream& stream : streams_) {
        for (const Segment& segment : stream.segments) total += weight(segment);
    }
    return total;
}

std::uint64_t Journal::bytes_on_disk() const {
    std::uint64_t total = 0;
    for (const Stream& stream : streams_) {
        for (const Segment& segment : stream.segments) total += segment.bytes;
    }
    return total;
}

std::uint64_t Journal::unstored_places() const {
    std::uint64_t total = 0;
    for (const Stream& stream : streams_) {
        const StreamSeq end = stream.own_end();
        if (end > stream.stored_through) total += end.value() - stream.stored_through.value();
        if (stream.moving()) total += stream.end.value() - stream.fork->moved_through.value();
    }
    return total + pending_.size();
}

std::uint64_t Journal::unstored_bytes() const {
    std::uint64_t total = pending_bytes_;
    for (const Stream& stream : streams_) {
        for (const Segment& segment : stream.segments) {
            const bool live = &stream == &streams_.back() && &segment == &stream.segments.back();
            if (stream.owes(segment)) total += live ? offset_ : segment.bytes;
        }
    }
    return total;
}

std::optional<WallTime> Journal::oldest_unstored() const {
    for (const Stream& stream : streams_) {
        for (const Segment& segment : stream.segments) {
            if (stream.owes(segment)) return segment.header.created;
        }
    }
    return std::nullopt;
}

bool Journal::may_grow(std::uint64_t bytes) const {
    // One segment of distance: the live one may have to be closed with some room left.
    return unstored_bytes() + bytes + std::uint64_t{2} * settings_.segment_bytes <= settings_.bytes_most;
}

void Journal::make_room(std::uint64_t needed, std::vector<std::string>& victims) {
    while (used() + needed > settings_.bytes_most) {
        if (!drop_oldest(false, victims) && !drop_oldest(true, victims)) return;
    }
}

/// Takes the oldest droppable segment out of the books. The live segment and its stream's last one stay.
bool Journal::drop_oldest(bool unstored_too, std::vector<std::string>& victims) {
    for (Stream& stream : streams_) {
        if (stream.segments.empty()) continue;
        const bool live = &stream == &streams_.back();
        if (live && stream.segments.size() < 2) continue;
        if (!unstored_too && stream.owes(stream.segments.front())) continue;
        drop_front(stream, victims);
        return true;
    }
    return false;
}

void Journal::drop_front(Stream& stream, std::vector<std::string>& victims) {
    Segment& segment = stream.segments.front();
    if (stream.owes(segment)) {
        dropped_places_ += stream.owed_places(segment);
        stream.changes_lost += count_changes(stream, segment);
        stream.cause = segment.damaged ? GapCause::journal_damaged : GapCause::journal_full;
    }
    stream.dropped_through = segment.last;
    stream.chain_at_dropped = segment.last_chain;
    if (stream.fork && segment.last > stream.fork->cut && segment.last <= stream.fork->moved_through) {
        // Beyond the cut it was copied: nothing of that is missing.
        stream.dropped_through = stream.fork->cut;
        stream.chain_at_dropped = stream.fork->cut_chain;
    }
    if (stream.cursor_segment == segment.name) {
        stream.cursor.reset();
        stream.cursor_segment.clear();
    }
    victims.push_back(segment.name);
    stream.segments.pop_front();
    stream.changed = true;
}

/// Samples in the unstored part of a segment that is about to go.
std::uint64_t Journal::count_changes(const Stream& stream, const Segment& segment) const {
    auto file = disk_.open(segment.name);
    if (!file) return 0;
    SegmentCursor cursor{std::move(*file), segment.header};
    std::uint64_t changes = 0;
    while (cursor.next() <= segment.last) {
        const auto read = cursor.read();
        if (!read || !*read) break;
        const auto& entry = *read;
        const bool copied =
            stream.fork && entry->seq > stream.fork->cut && entry->last <= stream.fork->moved_through;
        if (entry->last <= stream.stored_through || copied) continue;
        const auto* gap = std::get_if<Gap>(&entry->content);
        changes += gap != nullptr ? gap->changes_lost : entry->changes;
    }
    return changes;
}

/// Their absence is already declared by what is on disk, so a failure here only costs space.
void Journal::remove_files(const std::vector<std::string>& victims) {
    for (const std::string& name : victims) (void)disk_.remove(name);
    if (!victims.empty()) (void)disk_.sync_directory();
}

/// A fork's places are still being copied into it.
bool Journal::awaited(const Stream& stream) const {
    return std::any_of(streams_.begin(), streams_.end(), [&](const Stream& other) {
        return other.moving() && other.fork->into_epoch == stream.id.epoch;
    });
}

/// A sealed epoch of which nothing is kept and nothing is owed has no more to say.
void Journal::forget_empty_streams() {
    std::erase_if(streams_, [&](const Stream& stream) {
        if (&stream == &streams_.back() || !stream.segments.empty() || stream.moving()) return false;
        return !awaited(stream) && stream.stored_through >= stream.own_end();
    });
}

/// Every epoch costs a record in each segment, and a place in each Hello: beyond a number the oldest that is wholly
/// stored goes, although there would be room for it.
void Journal::bound_streams() {
    std::vector<std::string> victims;
    std::size_t left = streams_.size();
    for (Stream& stream : streams_) {
        if (left <= most_epochs || &stream == &streams_.back()) break;
        const bool owed = std::any_of(stream.segments.begin(), stream.segments.end(),
                                      [&](const Segment& segment) { return stream.owes(segment); });
        if (owed || stream.segments.empty()) continue;
        while (!stream.segments.empty()) drop_front(stream, victims);
        --left;
    }
    remove_files(victims);
    forget_empty_streams();
}

}  // namespace watchglass::device

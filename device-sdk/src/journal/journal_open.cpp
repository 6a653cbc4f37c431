// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include "device-sdk/src/journal/codes.h"
#include "device-sdk/src/journal/journal.h"

namespace watchglass::device {
Result<std::unique_ptr<Journal>> Journal::open(const JournalSettings& settings, Disk& disk, Rng& rng,
                                               const Clock& clock) {
    std::unique_ptr<Journal> journal(new Journal(settings, disk, rng, clock));
    if (auto loaded = journal->load(); !loaded) return failed(std::move(loaded));
    return journal;
}

Result<void> Journal::load() {
    if (auto loaded = load_segments(); !loaded) return loaded;
    std::vector<StreamRecord> states;
    for (Stream& stream : streams_) {
        if (auto loaded = load_epoch(stream, states, &stream == &streams_.back()); !loaded) return loaded;
    }
    apply(states);
    return {};
}

/// Finds every segment of this lane and reads its header. What the header cannot say its name says.
Result<void> Journal::load_segments() {
    const auto entries = disk_.list();
    if (!entries) return failed(entries);
    std::map<std::uint32_t, std::vector<Segment>> epochs;
    for (const DiskEntry& entry : *entries) {
        if (entry.name.ends_with(".wgj.new")) {
            const auto named = parse_segment_name(entry.name.substr(0, entry.name.size() - 4));
            if (named && named->lane == settings_.lane) (void)disk_.remove(entry.name);
            continue;
        }
        const auto named = parse_segment_name(entry.name);
        if (!named || named->lane != settings_.lane) continue;

        Segment segment{entry.name, *named, before(named->first), Chain{}, entry.bytes};
        const auto head = read_segment(disk_, entry.name, segment_header_bytes);
        // A disk that does not answer now is no reason to give up what it holds.
        if (!head) return failed(head);
        const auto header = parse_header(*head);
        if (!header && header.error().code == codes::journal_newer) return failed(header);
        if (header && agree(*header, *named)) {
            segment.header = *header;
            segment.last_chain = header->prev_chain;
        } else {
            // Written elsewhere under another name, or damaged. A header that is intact and another file's: so are its
            // records.
            segment.lost = header.has_value();
            segment.damaged = true;
        }
        epochs[named->ordinal].push_back(std::move(segment));
    }
    for (auto& [ordinal, segments] : epochs) {
        std::sort(segments.begin(), segments.end(),
                  [](const Segment& a, const Segment& b) { return a.header.first < b.header.first; });
        Stream& stream = insert_stream(ordinal, segments.front().header.epoch);
        for (Segment& segment : segments) stream.segments.push_back(std::move(segment));
    }
    return {};
}

/// A damaged header costs no frames when the name, which says all but the first chain, and the segment before, which
/// ends with that chain, still do.
Result<void> Journal::recover_headers(Stream& stream) {
    for (std::size_t i = 0; i < stream.segments.size(); ++i) {
        Segment& segment = stream.segments[i];
        if (!segment.damaged || segment.lost) continue;
        if (segment.header.first == StreamSeq{1}) continue;
        segment.lost = true;
        if (i == 0 || stream.segments[i - 1].lost) continue;
        const Segment& previous = stream.segments[i - 1];
        const auto whole = read_segment(disk_, previous.name, previous.bytes);
        if (!whole) return failed(whole);
        const SegmentScan scan = scan_segment(previous.header, *whole);
        const bool tail = !scan.tail.empty();
        const StreamSeq end = tail ? scan.tail.back().last : scan.committed;
        if (scan.damaged_through || end != before(segment.header.first)) continue;
        segment.header.prev_chain = tail ? scan.tail.back().chain : scan.committed_chain;
        segment.header.created = previous.header.created;
        segment.lost = false;
    }
    return {};
}

/// Each segment ends where the next begins; only the last one is read through.
Result<void> Journal::load_epoch(Stream& stream, std::vector<StreamRecord>& states, bool newest) {
    if (auto recovered = recover_headers(stream); !recovered) return recovered;
    for (std::size_t i = 0; i + 1 < stream.segments.size(); ++i) {
        stream.segments[i].last = before(stream.segments[i + 1].header.first);
        stream.segments[i].last_chain = stream.segments[i + 1].header.prev_chain;
    }
    Segment& last = stream.segments.back();
    const auto whole = read_segment(disk_, last.name, last.bytes);
    if (!whole) return failed(whole);
    SegmentScan scan = scan_segment(last.header, *whole);
    last.last = scan.committed;
    last.last_chain = scan.committed_chain;
    states.insert(states.end(), scan.streams.begin(), scan.streams.end());
    if (scan.damaged_through) {
        last.damaged = true;
        last.last = std::max(*scan.damaged_through, last.last);
        last.last_chain = Chain{};
    } else if (newest && !last.damaged) {
        reopened_data_end_ = scan.data_end;
        offset_ = scan.tail_begin;
        for (PendingRecord& record : scan.tail) {
            record.inherited = true;
            pending_.push_back(std::move(record));
        }
    } else if (!scan.tail.empty()) {
        // A sealed epoch gets no further segment. It was synced when it was sealed, but for one that ends here because
        // its header is damaged.
        if (newest) {
            if (auto durable = sync_segment(disk_, last.name); !durable) return durable;
        }
        last.last = scan.tail.back().last;
        last.last_chain = scan.tail.back().chain;
    }
    if (last.damaged && last.empty()) {
        // Neither header nor records: at least its first place is lost, and how many more nobody can tell.
        last.lost = true;
        last.last = last.header.first;
    }
    if (last.lost) last.last_chain = Chain{};
    stream.end = last.last;
    stream.end_chain = last.last_chain;
    if (newest) resume(scan.closed);
    return {};
}

/// Goes on in the newest epoch, or begins another where nothing or damage was found.
void Journal::resume(bool closed) {
    report_.unclean = !closed;
    if (live_stream().segments.back().damaged) return;
    next_ = StreamSeq{live_stream().end.value() + 1};
    chain_ = live_stream().end_chain;
    for (const PendingRecord& record : pending_) {
        pending_bytes_ += record.record.size();
        next_ = after(record.last);
        chain_ = record.chain;
    }
}

Journal::Stream& Journal::insert_stream(std::uint32_t ordinal, Epoch epoch) {
    Stream stream;
    stream.ordinal = ordinal;
    stream.id = StreamId{settings_.lane, epoch};
    stream.history = history_;
    const auto later =
        std::find_if(streams_.begin(), streams_.end(), [&](const Stream& s) { return s.ordinal > ordinal; });
    return *streams_.insert(later, std::move(stream));
}

/// The latest word about each stream counts, then the journal is ready for appends.
void Journal::apply(const std::vector<StreamRecord>& states) {
    for (const StreamRecord& state : states) apply(state);
    finish_moves();
    count_damage();
    if (streams_.empty()) {
        report_.first_boot = true;
        start_epoch();
        return;
    }
    // An epoch of copies alone is not for readings of today, and what is damaged is not gone on with.
    const bool over = live_stream().segments.empty() || live_stream().segments.back().damaged;
    const bool copies = std::any_of(streams_.begin(), streams_.end(), [&](const Stream& stream) {
        return stream.fork && stream.fork->into_epoch == live().epoch;
    });
    if (over || copies) start_epoch();
    if (report_.unclean) append_gap(GapCause::unclean_boot, 0);
    if (over || copies) {
        (void)sync();
    } else {
        go_on();
    }
}

void Journal::apply(const StreamRecord& state) {
    history_ = state.history;
    Stream* stream = find(StreamId{settings_.lane, state.epoch});
    if (stream == nullptr) {
        // Nothing of it is left on disk, but its gap may still have to be told.
        if (state.dropped_through <= state.stored_through) return;
        stream = &insert_stream(state.ordinal, state.epoch);
        stream->end = state.dropped_through;
        stream->end_chain = state.chain_at_dropped;
    }
    stream->stored_through = state.stored_through;
    stream->stored_chain = state.stored_chain;
    stream->history = state.history;
    stream->dropped_through = state.dropped_through;
    stream->chain_at_dropped = state.chain_at_dropped;
    stream->changes_lost = state.changes_lost;
    stream->cause = state.cause;
    // An epoch's copies and the live epoch are written in turns: the record that knows of more copies is the later one.
    const bool later =
        state.fork && (!stream->fork || stream->fork->moved_through < state.fork->moved_through);
    if (later) stream->fork = state.fork;
    if (stream->stored_through > stream->own_end()) {
        stream->stored_through = stream->own_end();
        stream->stored_chain = stream->fork ? stream->fork->cut_chain : stream->end_chain;
    }
}

/// Damage that the platform has been told of is yesterday's, though the file is still kept.
void Journal::count_damage() {
    report_.damaged_segments = 0;
    for (const Stream& stream : streams_) {
        for (const Segment& segment : stream.segments) {
            if (segment.damaged && stream.owes(segment)) ++report_.damaged_segments;
        }
    }
}

/// Goes on copying where the last run was interrupted, and removes what it had copied.
void Journal::finish_moves() {
    std::vector<Fork> unfinished;
    for (Stream& stream : streams_) {
        if (stream.moving()) unfinished.push_back(*stream.fork);
        if (stream.fork) release_moved(stream);
    }
    for (const Fork& fork : unfinished) {
        if (find(StreamId{settings_.lane, fork.into_epoch}) == nullptr)
            insert_stream(fork.into_ordinal, fork.into_epoch);
    }
}

/// The first segment of this run takes over what the last one left behind its commit.
void Journal::go_on() {
    const Segment previous = live_stream().segments.back();
    const std::size_t data_end = reopened_data_end_;
    if (!start_segment()) return;
    // Everything intact is in the new segment now: what is behind it in the old one only takes up space.
    if (data_end < previous.bytes && previous.name != live_stream().segments.back().name) {
        if (disk_.truncate(previous.name, data_end)) {
            for (Segment& segment : live_stream().segments) {
                if (segment.name == previous.name) segment.bytes = data_end;
            }
        }
    }
}

}  // namespace watchglass::device

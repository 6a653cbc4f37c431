// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/segment.h"

#include <algorithm>
#include <iterator>

#include "schemas/codec/chain.h"

namespace watchglass::device {
std::optional<JournalEntry> entry_of(const RawRecord& raw, const StreamId& stream, StreamSeq next,
                                     const Chain& chain) {
    JournalEntry entry;
    entry.seq = next;
    entry.prev_chain = chain;
    if (raw.type != RecordType::gap) {
        const auto frame = parse_frame(raw);
        if (!frame || frame->seq != next) return std::nullopt;
        entry.possible_repeat = frame->possible_repeat;
        entry.last = next;
        entry.chain = codec::next_chain(chain, stream, next, frame->body);
        entry.changes = frame->changes;
        entry.content = Bytes(frame->body.begin(), frame->body.end());
        return entry;
    }
    const auto gap = parse_gap(raw.payload);
    if (!gap || gap->from != next) return std::nullopt;
    entry.last = gap->gap.to;
    entry.chain = gap->gap.chain_at_to;
    entry.content = gap->gap;
    return entry;
}

namespace {

/// The last place of the intact records that follow one another here; `known` when there is none.
StreamSeq last_place_behind(ByteSpan records, StreamSeq known) {
    while (const auto raw = parse_record(records)) {
        if (const auto frame = parse_frame(*raw)) known = std::max(known, frame->seq);
        if (const auto gap = parse_gap(raw->payload); raw->type == RecordType::gap && gap)
            known = std::max(known, gap->gap.to);
        records = records.subspan(raw->bytes);
    }
    return known;
}

}  // namespace

SegmentCursor::SegmentCursor(std::unique_ptr<DiskFile> file, const SegmentHeader& header)
    : file_(std::move(file)),
      stream_{header.lane, header.epoch},
      next_(header.first),
      chain_(header.prev_chain) {}

Result<std::optional<RawRecord>> SegmentCursor::load_record() {
    buffer_.resize(record_header_bytes);
    const auto head = file_->read_at(offset_, buffer_);
    if (!head) return failed(head);
    if (*head < record_header_bytes || is_end(buffer_)) return std::nullopt;
    const std::size_t length = buffer_[0] | std::size_t{buffer_[1]} << 8 | std::size_t{buffer_[2]} << 16 |
                               std::size_t{buffer_[3]} << 24;
    // No segment is larger, so a damaged length cannot make us allocate more.
    if (length > (std::size_t{4} << 20)) return std::nullopt;
    buffer_.resize(record_header_bytes + length);
    const auto whole = file_->read_at(offset_, buffer_);
    if (!whole) return failed(whole);
    if (*whole < buffer_.size()) return std::nullopt;
    return parse_record(buffer_);
}

Result<std::optional<JournalEntry>> SegmentCursor::read() {
    while (true) {
        const auto loaded = load_record();
        if (!loaded) return failed(loaded);
        const auto& raw = *loaded;
        if (!raw) return std::nullopt;
        if (takes_place(raw->type)) {
            auto entry = entry_of(*raw, stream_, next_, chain_);
            if (!entry) return std::nullopt;
            offset_ += raw->bytes;
            next_ = after(entry->last);
            chain_ = entry->chain;
            return entry;
        }
        offset_ += raw->bytes;
    }
}

SegmentScan scan_segment(const SegmentHeader& header, ByteSpan segment) {
    const StreamId stream{header.lane, header.epoch};
    SegmentScan scan;
    scan.committed = before(header.first);
    scan.committed_chain = header.prev_chain;
    StreamSeq next = header.first;
    Chain chain = header.prev_chain;
    std::size_t offset = std::min(segment_header_bytes, segment.size());
    std::vector<std::size_t> places_at;  // of the tail

    while (const auto raw = parse_record(segment.subspan(offset))) {
        if (takes_place(raw->type)) {
            const auto entry = entry_of(*raw, stream, next, chain);
            if (!entry) break;
            places_at.push_back(offset);
            const ByteSpan bytes = segment.subspan(offset, raw->bytes);
            scan.tail.push_back(
                {entry->last, entry->chain, entry->changes, Bytes(bytes.begin(), bytes.end())});
            next = after(entry->last);
            chain = entry->chain;
            scan.closed = false;
        } else if (raw->type == RecordType::commit) {
            // Places up to the commit are where they are; only what follows has to be written again.
            const auto commit = parse_commit(raw->payload);
            const auto synced = [&](const PendingRecord& place) {
                return commit && place.last <= commit->synced_through;
            };
            const auto beyond = std::find_if_not(scan.tail.begin(), scan.tail.end(), synced);
            if (beyond != scan.tail.begin()) {
                scan.committed = std::prev(beyond)->last;
                scan.committed_chain = std::prev(beyond)->chain;
                places_at.erase(places_at.begin(), places_at.begin() + (beyond - scan.tail.begin()));
                scan.tail.erase(scan.tail.begin(), beyond);
            }
        } else if (raw->type == RecordType::stream) {
            if (const auto state = parse_stream(raw->payload)) scan.streams.push_back(*state);
        } else if (raw->type == RecordType::closed) {
            scan.closed = true;
        }
        offset += raw->bytes;
    }
    scan.data_end = offset;
    scan.tail_begin = places_at.empty() ? offset : places_at.front();

    const ByteSpan rest = segment.subspan(offset);
    const auto found = find_commit(rest);
    if (found && found->commit.synced_through >= next) {
        // A commit beyond the damage says that the damaged places had been synced: not a torn tail. The intact ones
        // before the damage had been synced as well, those behind the commit may have been.
        if (!scan.tail.empty()) {
            scan.committed = scan.tail.back().last;
            scan.committed_chain = scan.tail.back().chain;
            scan.tail.clear();
        }
        scan.damaged_through = last_place_behind(rest.subspan(found->end), found->commit.synced_through);
        scan.closed = false;
    }
    return scan;
}

Result<void> sync_segment(Disk& disk, const std::string& name) {
    auto file = disk.open(name);
    if (!file) return failed(file);
    return (*file)->sync();
}

Result<Bytes> read_segment(Disk& disk, const std::string& name, std::uint64_t bytes) {
    auto file = disk.open(name);
    if (!file) return failed(file);
    Bytes whole(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 8u << 20)));
    const auto got = (*file)->read_at(0, whole);
    if (!got) return failed(got);
    whole.resize(*got);
    return whole;
}

}  // namespace watchglass::device

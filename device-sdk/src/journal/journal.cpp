// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/journal/journal.h"

#include <algorithm>

#include <fmt/format.h>

#include "device-sdk/src/journal/codes.h"
#include "schemas/codec/chain.h"

namespace watchglass::device {
namespace {

/// Kept free at a segment's end: a commit record, the state of a few streams, the closing record.
constexpr std::size_t tail_reserve = 4096;

void extend(Bytes& bytes, ByteSpan more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace

Journal::Journal(const JournalSettings& settings, Disk& disk, Rng& rng, const Clock& clock)
    : settings_(settings), disk_(disk), rng_(rng), clock_(clock) {
    settings_.segment_bytes = std::clamp<std::uint32_t>(settings_.segment_bytes, 64u << 10, 4u << 20);
    settings_.bytes_most =
        std::max<std::uint64_t>(settings_.bytes_most, std::uint64_t{4} * settings_.segment_bytes);
}

Result<StreamSeq> Journal::append(ByteSpan body, std::uint32_t changes) {
    if (body.size() > settings_.segment_bytes / 4) {
        return failed(Failure{watchglass::codes::invalid_argument,
                              Next::give_up,
                              fmt::format("A frame of {} bytes does not fit a journal segment.", body.size()),
                              {}});
    }
    return append_frame(body, changes, false);
}

StreamSeq Journal::append_frame(ByteSpan body, std::uint32_t changes, bool possible_repeat) {
    const StreamSeq seq = next_;
    const Chain chain = codec::next_chain(chain_, live(), seq, body);
    push_pending({seq, chain, changes, encode_frame_record(seq, changes, body, possible_repeat)});
    return seq;
}

StreamSeq Journal::append_gap(GapCause cause, std::uint64_t changes_lost) {
    const StreamSeq seq = next_;
    const Chain chain = codec::next_chain(chain_, live(), seq, {});
    push_pending({seq, chain, 0, encode_record(GapRecord{seq, Gap{seq, cause, chain, changes_lost}})});
    return seq;
}

void Journal::push_pending(PendingRecord record) {
    next_ = after(record.last);
    chain_ = record.chain;
    pending_bytes_ += record.record.size();
    pending_.push_back(std::move(record));
    if (pending_bytes_ > settings_.pending_bytes_most) collapse_pending();
}

/// The disk has refused for so long that memory is full: the older half becomes one gap.
void Journal::collapse_pending() {
    if (pending_.size() < 2) return;
    std::uint64_t changes = 0;
    StreamSeq last{};
    Chain chain{};
    const bool inherited = inherits();
    while (pending_.size() > 1 && pending_bytes_ > settings_.pending_bytes_most / 2) {
        const PendingRecord& oldest = pending_.front();
        const auto raw = parse_record(oldest.record);
        const auto gap = raw && raw->type == RecordType::gap ? parse_gap(raw->payload) : std::nullopt;
        changes += gap ? gap->gap.changes_lost : oldest.changes;
        dropped_places_ += gap ? 0 : 1;  // what a gap stands for was counted when it was made
        last = oldest.last;
        chain = oldest.chain;
        pending_bytes_ -= oldest.record.size();
        pending_.pop_front();
    }
    const StreamSeq from{live_stream().end.value() + 1};
    Bytes record = encode_record(GapRecord{from, Gap{last, GapCause::journal_full, chain, changes}});
    pending_bytes_ += record.size();
    pending_.push_front({last, chain, 0, std::move(record), inherited});
}

Result<void> Journal::sync() {
    if (pending_.empty() && file_ != nullptr) return {};
    Result<void> written;
    int failures = 0;
    do {
        written = file_ != nullptr ? write_pending() : start_segment();
        // A file that failed is sealed; its places go into a new one, once. Then the caller decides when to try again.
        if (!written && ++failures > 1) return written;
    } while (!pending_.empty());
    return written;
}

/// As many of the pending records as `room` holds, in order.
Bytes Journal::take_batch(std::size_t room, std::size_t& taken) const {
    Bytes batch;
    taken = 0;
    for (const PendingRecord& record : pending_) {
        if (batch.size() + record.record.size() > room) break;
        extend(batch, record.record);
        ++taken;
    }
    return batch;
}

/// The first `taken` pending records are on disk now.
void Journal::settle(std::size_t taken) {
    Stream& stream = live_stream();
    for (std::size_t i = 0; i < taken; ++i) {
        stream.end = pending_.front().last;
        stream.end_chain = pending_.front().chain;
        pending_bytes_ -= pending_.front().record.size();
        pending_.pop_front();
    }
    stream.segments.back().last = stream.end;
    stream.segments.back().last_chain = stream.end_chain;
}

Result<void> Journal::write_pending() {
    const std::uint64_t free = settings_.segment_bytes - offset_;
    std::size_t taken = 0;
    Bytes batch;
    if (free > tail_reserve) batch = take_batch(static_cast<std::size_t>(free - tail_reserve), taken);
    if (taken == 0) return start_segment();
    const Bytes states = changed_records();
    const bool states_fit = batch.size() + states.size() + tail_reserve / 2 <= free;
    if (states_fit) extend(batch, states);

    auto written = file_->write_at(offset_, batch);
    if (written) written = file_->sync();
    if (!written) {
        // After a failed fsync the kernel may have thrown the pages away and call the next one a success.
        file_.reset();
        return written;
    }
    offset_ += batch.size();
    if (states_fit) records_written();
    settle(taken);
    write_commit();
    return {};
}

/// Not synced itself: it reaches the disk with the next group at the latest, and its absence proves nothing.
void Journal::write_commit() {
    const Bytes commit = encode_record(CommitRecord{live_stream().end});
    if (const auto written = file_->write_at(offset_, commit); !written) {
        file_.reset();
        return;
    }
    offset_ += commit.size();
}

Result<void> Journal::start_segment() {
    file_.reset();
    Stream& stream = live_stream();
    SegmentHeader header;
    header.lane = settings_.lane;
    header.ordinal = stream.ordinal;
    header.epoch = stream.id.epoch;
    header.first = after(stream.end);
    header.prev_chain = stream.end_chain;
    header.created = clock_.wall();

    make_room(settings_.segment_bytes, victims_);
    const std::string name = segment_name(header);
    std::size_t taken = 0;
    auto written = write_new_segment(header, name, taken);
    // A drop is declared before it happens, and files wait until it is; only a disk that is really full turns that
    // around, and then the gap still shows in the numbers of what is left. What is not stored goes last, one segment an
    // attempt: the disk may be full of somebody else's files for a moment, and then nothing more needs to go.
    bool given_up = false;
    while (!written && written.error().code == codes::journal_disk_full) {
        if (victims_.empty() && !drop_oldest(false, victims_)) {
            if (std::exchange(given_up, true) || !drop_oldest(true, victims_)) return written;
        }
        remove_files(std::exchange(victims_, {}));
        written = write_new_segment(header, name, taken);
    }
    if (!written) return written;

    // An empty segment before this one has the same first place and so the same name: it has just been replaced.
    if (!stream.segments.empty() && stream.segments.back().name == name) stream.segments.pop_back();
    std::erase(victims_, name);
    left_behind_ = false;  // what may have been left behind had this very name
    Segment segment;
    segment.name = name;
    segment.header = header;
    segment.last = stream.end;
    segment.last_chain = stream.end_chain;
    segment.bytes = settings_.segment_bytes;
    stream.segments.push_back(std::move(segment));
    settle(taken);
    write_commit();
    remove_files(std::exchange(victims_, {}));
    forget_empty_streams();
    return {};
}

Result<void> Journal::write_new_segment(const SegmentHeader& header, const std::string& name,
                                        std::size_t& taken) {
    Bytes bytes = encode_header(header);
    extend(bytes, stream_records());
    const std::size_t used = bytes.size() + tail_reserve;
    extend(bytes, take_batch(settings_.segment_bytes > used ? settings_.segment_bytes - used : 0, taken));
    auto file = place_segment(name, settings_.segment_bytes, bytes);
    if (!file) return failed(file);
    file_ = std::move(*file);
    offset_ = bytes.size();
    records_written();
    return {};
}

/// A new file that begins with `head`: on disk as a whole, or not there.
Result<std::unique_ptr<DiskFile>> Journal::place_segment(const std::string& name, std::uint64_t bytes,
                                                         ByteSpan head) {
    const std::string temporary = name + ".new";
    auto file = disk_.create(temporary, bytes);
    if (!file) return file;
    auto written = (*file)->write_at(0, head);
    if (written) written = (*file)->sync();
    if (written) written = disk_.rename(temporary, name);
    const bool renamed = written.has_value();
    if (written) written = disk_.sync_directory();
    if (written) return file;
    file->reset();
    // Under its final name the next start would believe it, whatever has become of its places meanwhile.
    const auto removed = disk_.remove(renamed ? name : temporary);
    left_behind_ = left_behind_ || (renamed && (!removed || !disk_.sync_directory()));
    return failed(written);
}

StreamRecord Journal::record_of(const Stream& stream) {
    return {stream.ordinal,
            stream.id.epoch,
            stream.stored_through,
            stream.stored_chain,
            stream.history,
            stream.dropped_through,
            stream.chain_at_dropped,
            stream.changes_lost,
            stream.cause,
            stream.fork};
}

/// Every new segment begins with the state of all streams, so that only the newest segment needs to survive.
Bytes Journal::stream_records() const {
    Bytes records;
    for (const Stream& stream : streams_) extend(records, encode_record(record_of(stream)));
    return records;
}

Bytes Journal::changed_records() const {
    Bytes records;
    for (const Stream& stream : streams_) {
        if (stream.changed) extend(records, encode_record(record_of(stream)));
    }
    return records;
}

void Journal::records_written() {
    for (Stream& stream : streams_) stream.changed = false;
}

Result<void> Journal::close() {
    if (auto synced = sync(); !synced) return synced;
    Bytes last = stream_records();
    extend(last, encode_record(ClosedRecord{clock_.wall()}));
    // A commit record that could not be written has sealed the segment, though all is synced.
    if (file_ == nullptr || offset_ + last.size() > settings_.segment_bytes) {
        if (auto started = start_segment(); !started) return started;
    }
    if (file_ == nullptr) {
        return failed(
            Failure{codes::journal_io, Next::tell_operator, "The closing record was not written.", {}});
    }
    auto written = file_->write_at(offset_, last);
    if (written) written = file_->sync();
    file_.reset();
    return written;
}

bool Journal::mark_stored(const StreamId& id, StreamSeq through, const Chain& chain) {
    Stream* stream = find(id);
    if (stream == nullptr || through > stream->own_end()) return false;
    stream->stored_through = through;
    stream->stored_chain = chain;
    stream->history = history_;
    if (through >= stream->dropped_through) stream->changes_lost = 0;
    stream->changed = true;
    return true;
}

void Journal::start_epoch() {
    const auto waiting = seal_live();
    // Only the newest epoch's files tell where a stream ends, so an epoch without any frame leaves nothing behind.
    insert_stream(streams_.empty() ? 1 : live_stream().ordinal + 1, fresh_epoch());
    begin_live(waiting);
}

/// No two epochs here share a name, whatever the random numbers are worth.
Epoch Journal::fresh_epoch() {
    Epoch epoch{rng_.next_u64()};
    while (find(StreamId{settings_.lane, epoch}) != nullptr) epoch = Epoch{epoch.value() + 1};
    return epoch;
}

/// Syncs what can be; the rest is for the next epoch, and must not stand in this one's file as well: killed now, the next
/// start would find it there.
std::deque<PendingRecord> Journal::seal_live() {
    if (file_ != nullptr && !live_stream().segments.back().damaged) (void)sync();
    const bool written = file_ != nullptr || !pending_.empty();
    file_.reset();
    bool cut = true;
    if (written && !streams_.empty() && !live_stream().segments.empty()) {
        Segment& last = live_stream().segments.back();
        cut = disk_.truncate(last.name, offset_).has_value();
        if (cut) last.bytes = offset_;
    }
    pending_bytes_ = 0;
    auto waiting = std::exchange(pending_, {});
    const bool elsewhere = !cut || std::exchange(left_behind_, false);
    for (PendingRecord& record : waiting) record.inherited = record.inherited || elsewhere;
    return waiting;
}

void Journal::begin_live(const std::deque<PendingRecord>& waiting) {
    bound_streams();
    next_ = StreamSeq{1};
    chain_ = Chain{};
    for (const PendingRecord& record : waiting) {
        const auto raw = parse_record(record.record);
        if (!raw) continue;
        if (const auto frame = parse_frame(*raw)) {
            append_frame(frame->body, frame->changes, record.inherited || frame->possible_repeat);
        } else if (const auto gap = parse_gap(raw->payload); raw->type == RecordType::gap && gap) {
            append_gap(gap->gap.cause, gap->gap.changes_lost);
        }
    }
    (void)sync();
}

}  // namespace watchglass::device

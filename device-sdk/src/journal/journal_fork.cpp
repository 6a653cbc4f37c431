// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device-sdk/src/journal/codes.h"
#include "device-sdk/src/journal/journal.h"
#include "schemas/codec/chain.h"

/// Two disks that were one have written the same epoch: what is only ours goes on under a name of its own.
///
/// The record that tells how far a forked epoch was copied is written with the copies, in one file that is on the disk
/// as a whole or not at all. So after a crash either the places are still to be copied, into the epoch that the record
/// names, or they are readable there; never both, and nothing was sent before.
namespace watchglass::device {
namespace {

void extend(Bytes& bytes, ByteSpan more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

}  // namespace

bool Journal::fork(const StreamId& id, StreamSeq cut, const Chain& cut_chain, StreamSeq certain) {
    const Stream* known = find(id);
    if (known == nullptr || known->fork || known->end < cut || inherits()) return false;
    // A live epoch takes along what waits in memory, as far as the disk lets it.
    if (file_ != nullptr && !live_stream().segments.back().damaged) (void)sync();
    if (find(id) == nullptr) return false;  // wholly stored, and gone to make room
    Fork fork{.cut = cut, .cut_chain = cut_chain, .certain = certain, .moved_through = cut};
    fork.into_epoch =
        epoch_of_copies(id, cut);  // may find damage, and begin another live epoch: that one is sealed
    const auto waiting = seal_live();
    if (find(id) == nullptr) return begin_live(waiting), false;
    fork.into_ordinal = live_stream().ordinal + 1;
    Stream& stream = *find(id);
    stream.fork = fork;
    stream.changed = true;
    stream.cursor.reset();
    const bool copies = stream.moving();
    if (copies) insert_stream(fork.into_ordinal, fork.into_epoch);
    insert_stream(fork.into_ordinal + 1, fresh_epoch());
    begin_live(waiting);
    return true;
}

/// Named after what is copied, so that another image of the same disk, which holds the same places, makes the very
/// same stream of them: the platform then sees repeats, and not the same readings under two names.
Epoch Journal::epoch_of_copies(const StreamId& id, StreamSeq cut) {
    const Stream* stream = find(id);
    const auto first = stream != nullptr && cut < stream->end ? read(id, after(cut))
                                                              : failed(Failure{codes::journal_no_entry});
    if (!first || first->chain == Chain{}) return fresh_epoch();
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | first->chain[i];
    const StreamId named{settings_.lane, Epoch{number}};
    return find(named) == nullptr ? named.epoch : fresh_epoch();
}

bool Journal::moving() const {
    return std::any_of(streams_.begin(), streams_.end(),
                       [](const Stream& stream) { return stream.moving(); });
}

Result<bool> Journal::move_forked() {
    const auto next =
        std::find_if(streams_.begin(), streams_.end(), [](const Stream& stream) { return stream.moving(); });
    if (next == streams_.end()) return true;
    if (auto moved = move_some(next->id); !moved) return failed(moved);
    return !moving();
}

/// The next places as records of their new epoch, up to `room` bytes.
Result<Journal::Copies> Journal::copies_of(const StreamId& id, std::size_t room) {
    const Fork fork = *find(id)->fork;
    const StreamSeq end = find(id)->end;
    const StreamId into{settings_.lane, fork.into_epoch};
    Copies copies{{}, fork.moved_through, find(into)->end, find(into)->end_chain};
    while (copies.moved_through < end) {
        const auto entry = read(id, after(copies.moved_through));
        if (!entry) return failed(entry);
        const std::uint64_t places = entry->last.value() - copies.moved_through.value();
        const StreamSeq last{copies.last.value() + places};
        const auto* body = std::get_if<Bytes>(&entry->content);
        const Chain chain =
            codec::next_chain(copies.chain, into, last, body != nullptr ? ByteSpan{*body} : ByteSpan{});
        Bytes record;
        if (body != nullptr) {
            record = encode_frame_record(last, entry->changes, *body,
                                         entry->possible_repeat || entry->seq < fork.certain);
        } else {
            Gap gap = std::get<Gap>(entry->content);
            gap.to = last;
            gap.chain_at_to = chain;
            record = encode_record(GapRecord{after(copies.last), gap});
        }
        if (!copies.records.empty() && copies.records.size() + record.size() > room) break;
        extend(copies.records, record);
        copies.moved_through = entry->last;
        copies.last = last;
        copies.chain = chain;
    }
    return copies;
}

/// The limit on the journal's size may be passed by this one segment: what it copies is removed right after.
Result<void> Journal::move_some(const StreamId& id) {
    const Bytes reserve = stream_records();
    const std::size_t room = settings_.segment_bytes / 2 > reserve.size()
                                 ? settings_.segment_bytes - reserve.size() - 4096
                                 : settings_.segment_bytes / 4;
    const auto copies = copies_of(id, room);
    if (!copies) return failed(copies);

    Stream& stream = *find(id);
    Stream& into = *find(StreamId{settings_.lane, stream.fork->into_epoch});
    Segment segment;
    segment.header = {
        .lane = settings_.lane,
        .ordinal = into.ordinal,
        .epoch = into.id.epoch,
        .first = after(into.end),
        .prev_chain = into.end_chain,
        .created = stream.segments.empty() ? clock_.wall() : stream.segments.back().header.created};
    for (const Segment& source : stream.segments) {
        if (source.last > stream.fork->moved_through) {
            segment.header.created = source.header.created;
            break;
        }
    }
    segment.name = segment_name(segment.header);
    segment.last = copies->last;
    segment.last_chain = copies->chain;

    const StreamSeq moved_before = stream.fork->moved_through;
    stream.fork->moved_through = copies->moved_through;
    Bytes bytes = encode_header(segment.header);
    extend(bytes, stream_records());
    extend(bytes, copies->records);
    extend(bytes, encode_record(CommitRecord{copies->last}));
    segment.bytes = bytes.size();
    if (const auto placed = place_segment(segment.name, bytes.size(), bytes); !placed) {
        stream.fork->moved_through = moved_before;
        return failed(placed);
    }
    into.end = copies->last;
    into.end_chain = copies->chain;
    into.segments.push_back(std::move(segment));
    stream.changed = true;  // the live epoch's files shall know of it too
    release_moved(stream);
    return {};
}

/// Removes the files whose places have all been copied; the one that also holds places in common stays, to refill a
/// restored platform.
void Journal::release_moved(Stream& stream) {
    std::vector<std::string> victims;
    std::erase_if(stream.segments, [&](const Segment& segment) {
        const bool copied =
            segment.header.first > stream.fork->cut && segment.last <= stream.fork->moved_through;
        if (copied) victims.push_back(segment.name);
        return copied;
    });
    if (!stream.moving()) {
        stream.end = stream.own_end();
        stream.end_chain = stream.fork->cut_chain;
    }
    remove_files(victims);
}

}  // namespace watchglass::device

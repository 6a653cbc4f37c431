// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/device.h"

/// What an instrument makes of a Stored: a mark, a rewind, a question, or a fork.
namespace watchglass::small_model {
namespace {

bool answers_us(const Rules& rules, const Stream& stream, const Message& stored) {
    if (stored.why != Why::hello) return false;
    if (!rules.design.answers_name_question) return true;
    return stored.about.size() <= stream.places.size() &&
           stream.places.through(stored.about.size()) == stored.about;
}

/// Another history is taken from the answer to what we asked under the one we know: a statement that was long under
/// way, and comes from a history that is over, cannot be that.
bool may_take_history(const Rules& rules, const Stream& stream, const Message& stored) {
    if (stream.history == 0 || stream.history == stored.history) return true;
    if (!rules.design.history_by_answer) return true;
    return stored.why == Why::hello && stored.asked_under == stream.history;
}

/// The platform's chain at its position, compared with ours there. What we dropped we can no longer compare.
bool fits(const Rules& rules, const Stream& stream, const Message& stored) {
    const int through = stored.to();
    if (!rules.design.chain) return true;
    if (through > stream.places.size()) return false;
    return through < stream.dropped || stream.places.through(through) == stored.chain;
}

/// For the observer: a place is marked as stored, and in the platform's table another reading has it.
void note_discarded(State& state, const Stream& stream, int through) {
    const Chain& table = state.database.streams[static_cast<std::size_t>(stream.epoch - 1)].chain;
    for (int place = stream.stored + 1; place <= std::min(through, table.size()); ++place) {
        const Identity reading = stream.places.at(place);
        if (reading != nothing && reading != table.at(place)) state.discarded |= small(bit(reading));
    }
}

void mark(const Rules& rules, State& state, Stream& stream, const Message& stored, int through) {
    const bool moved_back = through < stream.stored;
    through = std::min(through, stream.places.size());
    note_discarded(state, stream, through);
    stream.stored = small(through);
    stream.told = through < stream.dropped ? stored.chain : Chain{};
    stream.history = stored.history;
    stream.heard |= small(bit(stored.history));
    if (!rules.configuration.orderly) return;
    const bool asked_for_more = stored.why == Why::hole || moved_back;
    const bool rewinds = asked_for_more || !rules.design.rewinds_on_hole_only;
    if (rewinds || stream.next <= stream.stored) stream.next = small(stream.stored + 1);
}

/// The name of the epoch that places of `stream` beyond `common` move to. Named by what it holds, so that whoever moves
/// the same frames again, from an older image of this disk, moves them to the same place.
int epoch_for(const Rules& rules, State& state, const Stream& stream, int first_moved) {
    const Chain content = stream.places.through(first_moved);
    for (int epoch = 1; rules.design.epoch_named_by_content && epoch <= state.epochs; ++epoch) {
        const auto at = static_cast<std::size_t>(epoch);
        if (state.named_after[at] == stream.epoch && state.named_by[at] == content) return epoch;
    }
    const int fresh = ++state.epochs;
    state.named_after[static_cast<std::size_t>(fresh)] = stream.epoch;
    state.named_by[static_cast<std::size_t>(fresh)] = content;
    return fresh;
}

/// Places beyond the common part get another epoch, in one write with the note that they were moved. Those whose chain
/// the platform no longer knows (up to `certain`) may be stored already, and say so.
void move_away(const Rules& rules, State& state, Device& device, int epoch, int common, int certain) {
    Stream& forked = *device.memory.find(epoch);
    const Stream before = forked;
    const bool was_live = &forked == &device.memory.live();
    forked.places = before.places.through(common);
    forked.stored = std::min(before.stored, small(common));
    forked.dropped = std::min(before.dropped, small(common));
    forked.repeats &= small(bit(common) - 1);
    forked.fork = Fork::cut;

    Stream moved;
    const int first = std::max<int>(common, before.dropped) + 1;
    if (before.dropped > std::max<int>(common, before.stored)) {
        moved.places = moved.places.then(nothing);
        for (int place = common + 1; place <= before.dropped; ++place) {
            if (before.places.at(place) != nothing) state.excused |= small(bit(before.places.at(place)));
        }
    }
    for (int place = first; place <= before.places.size(); ++place) {
        moved.places = moved.places.then(before.places.at(place));
        if (place < certain || (before.repeats & bit(place - 1)) != 0) {
            moved.repeats |= small(bit(moved.places.size() - 1));
        }
    }
    int after = epoch;
    if (moved.places.size() > 0) {
        moved.epoch = small(epoch_for(rules, state, before, std::min(first, before.places.size())));
        device.memory.insert_after(after, moved);
        after = moved.epoch;
    }
    if (was_live) {
        Stream fresh;
        fresh.epoch = ++state.epochs;
        device.memory.insert_after(after, fresh);
    }
    state.alarmed = 1;
    if (rules.design.mapping_synced) sync(rules, state, device);
}

/// True when the answer settled that somebody else writes this epoch, and from which place on.
bool settle_fork(const Rules& rules, State& state, Device& device, Stream& stream, const Message& stored) {
    const Stream* on_disk = device.disk.find(stream.epoch);
    const int synced = on_disk == nullptr ? 0 : on_disk->places.size();
    // The platform holds more than we ever synced, and our question was about all of it.
    const bool behind = stored.to() > synced && stored.about.size() == synced && stream.fork != Fork::cut;
    if (stored.differs == 0 && !behind) return false;
    if (stream.history != stored.history) stream.stored = 0;  // what was told under another history is void
    stream.history = stored.history;
    const int common = std::max(stored.agreed, stream.stored);
    const int certain = stored.differs != 0 ? stored.differs : synced + 1;
    move_away(rules, state, device, stream.epoch, std::min(common, stream.places.size()), certain);
    return true;
}

}  // namespace

void hear(const Rules& rules, State& state, Device& device, const Message& stored) {
    Stream* stream = device.memory.find(stored.epoch);
    if (stream == nullptr || !may_take_history(rules, *stream, stored)) return;
    const int through = stored.to();
    const bool same_history = stream->history == stored.history;
    if (through < stream->stored && same_history && rules.design.lower_only_by_history) return;  // late

    const bool answer = rules.design.chain && answers_us(rules, *stream, stored);
    if (answer && settle_fork(rules, state, device, *stream, stored)) return;
    if (stream->fork == Fork::cut && through > stream->places.size()) {
        // Others went on in this epoch. What is left of it here is stored when the platform's answer says so.
        if (answer) mark(rules, state, *stream, stored, stream->places.size());
        return;
    }
    if (stored.why == Why::fork || !fits(rules, *stream, stored)) {
        if (stream->fork == Fork::none && rules.design.chain) stream->fork = Fork::asking;
        return;
    }
    if (answer && stream->fork == Fork::asking) stream->fork = Fork::none;  // it was about somebody else
    if (!same_history || through != stream->stored || rules.configuration.orderly) {
        mark(rules, state, *stream, stored, through);
    }
}

}  // namespace watchglass::small_model

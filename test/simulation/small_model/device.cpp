// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/device.h"

namespace watchglass::small_model {
namespace {

int places_kept(const Journal& journal) {
    int places = 0;
    for (const Stream& stream : journal.streams) places += stream.places.size() - stream.dropped;
    return places;
}

/// For the observer: was this dropped as stored, and is not? Only a device that cannot know of a restore yet may do so.
void note_given_up(const Rules& rules, State& state, const Stream& stream) {
    const Database& database = state.database;
    const Identity reading = stream.places.at(stream.dropped);
    if (reading == nothing || database.holds(reading) || (database.declared() & bit(reading)) != 0) return;
    const bool restored = state.left(Fault::restore) < rules.configuration.restores;
    const bool knows =
        database.history != state.kept_backup.history && (stream.heard & bit(database.history)) != 0;
    if (!restored || knows) state.given_up |= small(bit(reading));
}

/// The oldest stored place goes, else the oldest unstored one; the newest place of all stays.
bool drop_one(const Rules& rules, State& state, Journal& journal) {
    for (const bool unstored_too : {false, true}) {
        for (Stream& stream : journal.streams) {
            const int most = unstored_too ? stream.places.size() - (&stream == &journal.live() ? 1 : 0)
                                          : std::min<int>(stream.stored, stream.places.size());
            if (stream.dropped >= most) continue;
            ++stream.dropped;
            if (!unstored_too) note_given_up(rules, state, stream);
            return true;
        }
    }
    return false;
}

/// The platform's chain at the place through which it has this stream, as far as we were told.
Chain told_chain(const Stream& stream) {
    return stream.told.size() > 0 ? stream.told : stream.places.through(stream.stored);
}

bool is_moved(const State& state, const Stream& stream) { return state.named_after[stream.epoch] != 0; }

}  // namespace

void open_first_epoch(State& state, Device& device) {
    device.memory = Journal{};
    device.memory.streams[0].epoch = ++state.epochs;
    device.disk = device.memory;
    device.present = 1;
}

void append(State& state, Device& device) {
    Stream& live = device.memory.live();
    live.places = live.places.then(++state.made);
}

void sync(const Rules& rules, State& state, Device& device) {
    while (places_kept(device.memory) > rules.configuration.room && drop_one(rules, state, device.memory)) {
    }
    device.disk = device.memory;
    for (const Stream& stream : device.disk.streams) {
        for (int place = 1; place <= stream.places.size(); ++place) {
            if (stream.places.at(place) != nothing) state.synced |= small(bit(stream.places.at(place)));
        }
    }
}

void seal(State& state, Device& device) {
    Stream fresh;
    fresh.epoch = ++state.epochs;
    // What is not synced moves over: a sealed epoch ends with what the disk has of it.
    Stream& live = device.memory.live();
    const Stream* on_disk = device.disk.find(live.epoch);
    const int synced = on_disk == nullptr ? 0 : on_disk->places.size();
    for (int place = synced + 1; place <= live.places.size(); ++place) {
        fresh.places = fresh.places.then(live.places.at(place));
    }
    live.places = live.places.through(synced);
    device.memory.insert_after(live.epoch, fresh);
}

std::vector<Message> sendable(const Rules& rules, const State& state, const Device& device,
                              const Stream& stream) {
    if (stream.fork == Fork::asking) return {};
    const Stream* on_disk = device.disk.find(stream.epoch);
    const bool needs_disk =
        rules.design.sends_only_synced && (rules.design.mapping_synced || !is_moved(state, stream));
    const int synced = on_disk == nullptr ? 0 : on_disk->places.size();
    const int most =
        std::min(needs_disk ? synced : stream.places.size(), stream.stored + rules.configuration.window);

    std::vector<Message> messages;
    Message message;
    message.epoch = stream.epoch;
    if (stream.stored < stream.dropped) {
        message.kind = Kind::gap;
        message.from = small(stream.stored + 1);
        message.chain = stream.places.through(stream.dropped);
        message.about = told_chain(stream);
        messages.push_back(message);
    }
    for (int place = std::max(stream.stored, stream.dropped) + 1; place <= most; ++place) {
        if (rules.configuration.orderly && place != std::max<int>(stream.next, 1)) continue;
        message.kind = Kind::frame;
        message.about = Chain{};
        message.from = small(place);
        message.chain = stream.places.through(place);
        message.repeat = (stream.repeats & bit(place - 1)) != 0;
        messages.push_back(message);
    }
    return messages;
}

void send(const Rules& rules, State& state, Device& device, const Message& message) {
    Stream& stream = *device.memory.find(message.epoch);
    if (rules.configuration.orderly) {
        state.up.append(message);
        if (message.to() <= stream.sent) state.resent = 1;
        stream.sent = std::max(stream.sent, small(message.to()));
        stream.next = small(message.to() + 1);
    } else {
        state.up.put(message);
    }
    // The mutant takes the broker's PUBACK, which follows at once, for the platform's word.
    if (!rules.design.release_on_stored && message.kind != Kind::hello) {
        stream.stored = std::max(stream.stored, small(message.to()));
    }
}

Message hello_of(const Device& device, const Stream& stream) {
    const Stream* on_disk = device.disk.find(stream.epoch);
    Message message;
    message.kind = Kind::hello;
    message.epoch = stream.epoch;
    message.from = stream.stored;
    message.history = stream.history;
    message.dropped = stream.dropped;
    message.about = told_chain(stream);
    if (on_disk != nullptr)
        message.chain = on_disk->places.through(std::min(on_disk->places.size(), stream.places.size()));
    return message;
}

}  // namespace watchglass::small_model

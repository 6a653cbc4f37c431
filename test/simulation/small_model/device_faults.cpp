// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/device.h"

namespace watchglass::small_model {
namespace {

/// Bits of the readings whose places these streams name.
int readings_of(const Journal& journal) {
    int readings = 0;
    for (const Stream& stream : journal.streams) {
        for (int place = 1; place <= stream.places.size(); ++place) {
            if (stream.places.at(place) != nothing) readings |= bit(stream.places.at(place));
        }
    }
    return readings;
}

/// A disk went away. What only it held nobody can bring back, and nobody is blamed for.
void excuse(State& state, const Device& taken, const Journal* replacement) {
    int elsewhere = replacement == nullptr ? 0 : readings_of(*replacement);
    for (const Device& other : state.devices) {
        if (&other != &taken && other.present) elsewhere |= readings_of(other.disk);
    }
    state.excused |= small(readings_of(taken.disk) & ~elsewhere);
}

/// The program starts from its disk. It was not closed in order, so its newest place may have been lost with memory.
void start(const Rules& rules, Device& device) {
    device.memory = device.disk;
    if (!rules.configuration.unclean_gap || !rules.design.declares_unclean_start) return;
    Stream& live = device.memory.live();
    live.places = live.places.then(nothing);
}

}  // namespace

void power_cut(const Rules& rules, State& state, Device& device) {
    const int unsynced = readings_of(device.memory) & ~readings_of(device.disk);
    if (rules.configuration.unclean_gap) state.cut_off |= small(unsynced);
    start(rules, device);
}

void wipe_disk(const Rules& rules, State& state, Device& device) {
    excuse(state, device, nullptr);
    const int old_epoch = device.disk.streams[0].epoch;
    open_first_epoch(state, device);
    if (rules.design.fresh_epochs) return;
    --state.epochs;
    device.disk.streams[0].epoch = device.memory.streams[0].epoch = small(old_epoch);
}

void put_back(const Rules& rules, State& state, Device& device, const Journal& copy) {
    if (device.present) excuse(state, device, &copy);
    device.present = 1;
    device.disk = copy;
    start(rules, device);
}

}  // namespace watchglass::small_model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "test/simulation/small_model/design.h"
#include "test/simulation/small_model/state.h"

/// What an instrument does: journal, publisher, and what it makes of the platform's word.
///
/// append -> sync -> send -> Stored. A place is appended in memory, synced to the disk, sent only from there, and given
/// up only when the platform says that it is stored.
namespace watchglass::small_model {

void open_first_epoch(State& state, Device& device);

void append(State& state, Device& device);
/// Memory reaches the disk: places, new epochs, and what the platform said last. A full disk lets go of the oldest
/// stored place, then of the oldest unstored one, which the platform is told.
void sync(const Rules& rules, State& state, Device& device);
/// The live epoch ends here and drains; another begins.
void seal(State& state, Device& device);

/// What may be sent of a stream now, besides a Hello.
std::vector<Message> sendable(const Rules& rules, const State& state, const Device& device,
                              const Stream& stream);
void send(const Rules& rules, State& state, Device& device, const Message& message);
Message hello_of(const Device& device, const Stream& stream);
/// The platform's word arrives.
void hear(const Rules& rules, State& state, Device& device, const Message& stored);

// device_faults.cpp
void power_cut(const Rules& rules, State& state, Device& device);
void wipe_disk(const Rules& rules, State& state, Device& device);
void put_back(const Rules& rules, State& state, Device& device, const Journal& copy);

}  // namespace watchglass::small_model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/mqtt/session.h"
#include "test/simulation/dice.h"
#include "test/simulation/mutant.h"
#include "test/simulation/world.h"
#include <watchglass/platform.h>

/// What stands at a machine's ports, besides its disk and its link.
namespace watchglass::simulation {

/// Entropy of one machine; the mutant's repeats itself.
std::unique_ptr<Rng> make_entropy(std::uint64_t seed, int machine, Mutant mutant);
std::unique_ptr<device::Platform> make_platform(World& world, const MachineClock& clock, Rng& entropy,
                                                std::string name,
                                                std::function<void(std::string_view event)> heard);
/// The mutant that calls every frame a possible repeat.
mqtt::Message flagged(const mqtt::Message& message);
/// One line about a message, for the history.
std::string in_words(const mqtt::Message& message);
/// The mutant that rewinds on progress: a Stored as it would have to be for that.
mqtt::Message progress_as_hole(const mqtt::Message& message);

}  // namespace watchglass::simulation

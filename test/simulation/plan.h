// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "test/simulation/machine.h"
#include "test/simulation/network.h"

namespace watchglass::simulation {

/// What is done to the world of a run. `a`, `b`, `c` of a step mean what apply_step.cpp makes of them.
enum class Act : std::uint8_t {
    alarm,
    burst,
    device_dies,
    device_closes,
    write_errors,
    sync_errors,
    read_errors,
    disk_full,
    bit_rot,
    take_image,
    roll_back,
    clone,
    wipe,
    clock_at_1970,
    clock_jumps,
    cut,
    half_open,
    away,
    disorder,
    broker_dies,
    small_queues,
    ingest_dies,
    second_ingest,
    database_away,
    database_dies,
    database_full,
    data_refused,
    answer_lost,
    back_up,
    restore,
    count
};
std::string_view to_text(Act act);

struct Step {
    Microseconds at{0};
    Act act = Act::alarm;
    std::uint64_t who = 0;
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    std::uint64_t c = 0;
};
std::string describe(const Step& step);

/// Which faults a seed may meet, and how its instruments are set up.
enum class Profile : std::uint8_t {
    everything,
    device,
    network,
    platform,
    full_journal,
    quiet,
    away,
    restore,
    forks,
    count
};
std::string_view to_text(Profile profile);
std::optional<Profile> profile_named(std::string_view name);

/// Everything that a run does, as data: running a plan again does the same again, and running a part of one is how
/// failures are made small.
struct Plan {
    std::uint64_t seed = 0;
    Profile profile = Profile::everything;
    std::size_t devices = 2;
    MachineSettings machine;
    Network::Settings network;
    Microseconds end{0};  ///< of readings and faults; then the world has to come to rest
    std::vector<Step> steps;
};

/// Swarm testing: each seed switches a random part of its profile's faults on, so that rare combinations get their turn.
Plan make_plan(std::uint64_t seed, Profile profile);
/// The profile that a seed of the mixed run has.
Profile profile_of(std::uint64_t seed);

}  // namespace watchglass::simulation

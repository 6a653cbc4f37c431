// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::bench {

inline constexpr std::size_t pump_channels = 8;
using PumpRow =
    std::array<double, pump_channels>;  ///< one second of a pump test bench, in the dictionary's order

/// When the recordings of the SKAB data set begin.
inline constexpr WallTime skab_start{1'583'748'873'000'000};

Dictionary pump_dictionary();

/// The file that WATCHGLASS_REPLAY_CSV names (semicolons, a timestamp, eight channels), or 1,200 seeded readings that
/// wander like the bench's: mean and spread of each channel. Throws when the file has none.
std::vector<PumpRow> pump_rows(const Dictionary& dictionary, std::uint64_t seed);

struct PumpBodies {
    std::size_t changes_a_frame = 100;
    WallTime start{};
    std::size_t frames = 0;  ///< that many, of the rows over and over; 0: of the rows once
};
/// Changed readings, one row a second, as frames of an instrument whose clock is right.
std::vector<Body> pump_bodies(const std::vector<PumpRow>& rows, const Dictionary& dictionary,
                              const PumpBodies& wanted);

}  // namespace watchglass::bench

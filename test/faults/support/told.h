// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "schemas/values/identifiers.h"

namespace watchglass::faults {

/// One thing that an instrument told: a changed reading, or an event. Times are the instrument's own.
struct Told {
    Lane lane = Lane::telemetry;
    std::int64_t at_us = 0;  ///< microseconds since 1970
    std::int32_t parameter = 0;
    int kind = 0;  ///< of an event: EventKind; 0: a reading
    double value = 0;
    friend auto operator<=>(const Told&, const Told&) = default;
};
std::string text_of(const Told& told);

/// Rows first..last of an endless recording in which every reading is another one, so that each can be recognized in
/// a table: row n is n seconds after the recording's begin; `temperature` counts n, `pressure` jumps over its limit
/// and back with every row, so that each row but a first low one tells an event too.
struct Rows {
    int first = 1;
    int last = 0;
};

/// As the agent's source `csv` reads it.
void write_recording(const std::filesystem::path& file, Rows rows);
/// What an agent that is started with these rows has to tell, in order; its filter knows nothing from before.
std::vector<Told> told_by(Rows rows);
/// Everything in a recording is older than this; a snapshot's values are younger.
inline constexpr std::int64_t recorded_before_us = 1'700'000'000'000'000;

}  // namespace watchglass::faults

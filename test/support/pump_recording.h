// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace watchglass::test {

/// One changed reading of a recording: when, in microseconds UTC, and what was printed.
struct Reading {
    std::int64_t at_us = 0;
    double value = 0;
    friend bool operator==(const Reading&, const Reading&) = default;
};

/// A recording of the pump test bench: semicolons, a head line, local timestamps, eight columns. The file named by
/// WATCHGLASS_REPLAY_CSV, or one made from `seed` in `directory` in the same form, with repeated values and a pause of an
/// hour in the middle.
std::filesystem::path pump_recording(const std::filesystem::path& directory, std::uint64_t seed, int rows);

/// What must be stored of it, by parameter of the dictionary `pump-test-bench`: every reading that differs from the one
/// before it in its column.
std::map<std::string, std::vector<Reading>> changed_readings(const std::filesystem::path& recording);

}  // namespace watchglass::test

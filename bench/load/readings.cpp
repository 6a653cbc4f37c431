// SPDX-License-Identifier: Apache-2.0
#include "bench/load/readings.h"

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>

#include <watchglass/dictionaries/pump_test_bench.h>

namespace watchglass::bench {
namespace {

std::vector<PumpRow> read_rows(const char* path) {
    std::vector<PumpRow> rows;
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);  // the names
    while (std::getline(file, line)) {
        std::istringstream cells{line};
        std::string cell;
        std::getline(cells, cell, ';');
        PumpRow row{};
        for (double& value : row) {
            std::getline(cells, cell, ';');
            value = std::strtod(cell.c_str(), nullptr);
        }
        rows.push_back(row);
    }
    if (rows.empty()) throw std::runtime_error("no readings in " + std::string{path});
    return rows;
}

std::vector<PumpRow> seeded_rows(const Dictionary& dictionary, std::uint64_t seed) {
    constexpr PumpRow mean{0.0264, 0.0405, 1.3, 0.05, 77, 26, 230, 32};
    constexpr PumpRow spread{0.0004, 0.0006, 0.3, 0.25, 0.1, 0.005, 12, 0.4};
    std::mt19937_64 random{seed};
    std::normal_distribution<double> noise;
    std::vector<PumpRow> rows(1200);
    for (PumpRow& row : rows) {
        for (std::size_t c = 0; c < pump_channels; ++c) {
            row[c] = dictionary.parameters[c].resolution.round(mean[c] + spread[c] * noise(random));
        }
    }
    return rows;
}

Body empty_body(const Dictionary& dictionary, WallTime at) {
    Body body;
    body.dictionary = dictionary.name;
    body.dictionary_version = dictionary.version;
    body.boot = BootId{0x123456789abcdef0};
    body.monotonic = Microseconds{86'400'000'000};
    body.wall = at + Microseconds{4'321'098};
    body.clock_quality = ClockQuality::synchronized;
    return body;
}

}  // namespace

Dictionary pump_dictionary() { return to_dictionary(dictionaries::pump_test_bench::constants); }

std::vector<PumpRow> pump_rows(const Dictionary& dictionary, std::uint64_t seed) {
    const char* csv = std::getenv("WATCHGLASS_REPLAY_CSV");
    return csv != nullptr ? read_rows(csv) : seeded_rows(dictionary, seed);
}

std::vector<Body> pump_bodies(const std::vector<PumpRow>& rows, const Dictionary& dictionary,
                              const PumpBodies& wanted) {
    std::vector<Body> bodies;
    PumpRow before;
    before.fill(std::nan(""));
    WallTime at = wanted.start;
    const auto enough = [&](std::size_t row) {
        const bool all = !bodies.empty() && bodies.size() == wanted.frames &&
                         bodies.back().changes.size() == wanted.changes_a_frame;
        return wanted.frames > 0 ? all : row == rows.size();
    };
    for (std::size_t n = 0; !enough(n); ++n) {
        const PumpRow& row = rows[n % rows.size()];
        for (std::size_t c = 0; c < pump_channels && !enough(n); ++c) {
            if (row[c] == before[c]) continue;
            if (bodies.empty() || bodies.back().changes.size() == wanted.changes_a_frame)
                bodies.push_back(empty_body(dictionary, at));
            bodies.back().changes.push_back({dictionary.parameters[c].number, at, row[c]});
        }
        before = row;
        at = at + Microseconds{1'000'000};
    }
    return bodies;
}

}  // namespace watchglass::bench

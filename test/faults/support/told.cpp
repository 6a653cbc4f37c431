// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/told.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

#include "schemas/values/frame.h"

namespace watchglass::faults {
namespace {

constexpr std::int64_t begin_us = 1'583'748'873'000'000;  // in March 2020
constexpr std::int32_t pressure = 4;
constexpr std::int32_t temperature = 5;

std::int64_t at_us(int row) { return begin_us + std::int64_t{row} * 1'000'000; }
bool high(int row) { return row % 2 == 1; }
std::string temperature_text(int row) { return fmt::format("{}.{:04}", 10 + row / 10'000, row % 10'000); }
std::string pressure_text(int row) { return fmt::format("{}.{:06}", high(row) ? 3 : 1, row); }
double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

}  // namespace

std::string text_of(const Told& told) {
    return fmt::format("{} of parameter {} at {} us: {}", told.kind == 0 ? "reading" : "event",
                       told.parameter, told.at_us, told.value);
}

void write_recording(const std::filesystem::path& file, Rows rows) {
    std::ofstream out(file);
    out << "Time;Temperature;Pressure\n";
    for (int row = rows.first; row <= rows.last; ++row) {
        const auto seconds = static_cast<std::time_t>(at_us(row) / 1'000'000);
        std::tm utc{};
        ::gmtime_r(&seconds, &utc);
        char time[32];
        std::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &utc);
        out << time << ';' << temperature_text(row) << ';' << pressure_text(row) << '\n';
    }
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::vector<Told> told_by(Rows rows) {
    std::vector<Told> told;
    for (int row = rows.first; row <= rows.last; ++row) {
        const double bar = number(pressure_text(row));
        told.push_back({Lane::telemetry, at_us(row), temperature, 0, number(temperature_text(row))});
        told.push_back({Lane::telemetry, at_us(row), pressure, 0, bar});
        if (row == rows.first && !high(row)) continue;
        const auto kind = high(row) ? EventKind::raised : EventKind::cleared;
        told.push_back({Lane::events, at_us(row), pressure, static_cast<int>(kind), bar});
    }
    return told;
}

}  // namespace watchglass::faults

// SPDX-License-Identifier: Apache-2.0
#include "test/support/pump_recording.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

#include "cli/stack/demo_recording.h"

namespace watchglass::test {

namespace {

struct Column {
    const char* head;
    const char* parameter;
};

constexpr Column columns[] = {
    {"Accelerometer1RMS", "accelerometer_1_rms"},
    {"Accelerometer2RMS", "accelerometer_2_rms"},
    {"Current", "current"},
    {"Pressure", "pressure"},
    {"Temperature", "temperature"},
    {"Thermocouple", "thermocouple"},
    {"Voltage", "voltage"},
    {"Volume Flow RateRMS", "volume_flow_rate_rms"},
};

std::int64_t microseconds(const std::string& text) {
    std::tm utc{};
    if (::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &utc) == nullptr)
        throw std::runtime_error("no timestamp: " + text);
    return static_cast<std::int64_t>(::timegm(&utc)) * 1'000'000;
}

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> out;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, ';');) out.push_back(cell);
    // Exports of Windows programs end their lines by CR LF.
    if (!out.empty() && out.back().ends_with('\r')) out.back().pop_back();
    return out;
}

}  // namespace

std::filesystem::path pump_recording(const std::filesystem::path& directory, std::uint64_t seed, int rows) {
    if (const char* given = std::getenv("WATCHGLASS_REPLAY_CSV"); given != nullptr && *given != '\0')
        return given;
    auto file = directory / fmt::format("pump-{}.csv", seed);
    const cli::DemoRecording recording{
        .seed = seed, .start = {1'583'748'873'000'000}, .rows = rows, .pause_after_row = rows / 2};
    if (!cli::write_recording(recording, file)) throw std::runtime_error("cannot write " + file.string());
    return file;
}

std::map<std::string, std::vector<Reading>> changed_readings(const std::filesystem::path& recording) {
    std::ifstream in(recording);
    std::string line;
    if (!std::getline(in, line)) throw std::runtime_error("no recording: " + recording.string());
    const auto head = cells(line);
    std::map<std::string, std::vector<Reading>> readings;
    while (std::getline(in, line)) {
        const auto row = cells(line);
        for (const auto& column : columns) {
            const auto at = std::find(head.begin(), head.end(), column.head);
            if (at == head.end()) throw std::runtime_error(std::string("no column ") + column.head);
            const double value =
                std::strtod(row.at(static_cast<std::size_t>(at - head.begin())).c_str(), nullptr);
            auto& seen = readings[column.parameter];
            if (seen.empty() || seen.back().value != value) seen.push_back({microseconds(row[0]), value});
        }
    }
    return readings;
}

}  // namespace watchglass::test

// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/demo_recording.h"

#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <random>
#include <string>

#include <fmt/format.h>

namespace watchglass::cli {

namespace {

struct Channel {
    const char* head;
    int decimals;
    double center;
    double drift;  ///< amplitude of a slow swing
    double noise;
};

constexpr Channel channels[] = {
    {"Accelerometer1RMS", 7, 0.0270, 0.0020, 0.0006},
    {"Accelerometer2RMS", 7, 0.0400, 0.0030, 0.0008},
    {"Current", 6, 1.30, 0.30, 0.10},
    {"Pressure", 6, 0.20, 0.20, 0.15},
    {"Temperature", 4, 79.0, 2.0, 0.05},
    {"Thermocouple", 4, 26.0, 0.5, 0.01},
    {"Voltage", 3, 235.0, 6.0, 4.0},
    {"Volume Flow RateRMS", 4, 32.0, 0.8, 0.3},
};
constexpr double swing_rows = 900;  // a quarter of an hour
constexpr int one_pause = 3600;

std::string timestamp(std::time_t seconds) {
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc);
    return text.data();
}

}  // namespace

Result<void> write_recording(const DemoRecording& recording, const std::filesystem::path& file) {
    std::mt19937_64 random(recording.seed);
    // The library's distributions differ between implementations; these sums do not.
    const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
    const auto noise = [&] { return (unit() + unit() + unit() + unit() - 2.0) * 1.7; };

    std::ofstream out(file);
    out << "datetime";
    for (const auto& channel : channels) out << ';' << channel.head;
    out << '\n';
    std::array<std::string, std::size(channels)> last;
    auto at = static_cast<std::time_t>(recording.start.us / 1'000'000);
    for (int row = 0; row < recording.rows; ++row) {
        out << timestamp(at);
        for (std::size_t i = 0; i < std::size(channels); ++i) {
            const auto& channel = channels[i];
            const double swing = std::sin(6.2831853 * (row / swing_rows + static_cast<double>(i) / 8));
            if (last[i].empty() || unit() > 0.3) {
                const double value = channel.center + channel.drift * swing + channel.noise * noise();
                last[i] = fmt::format("{:.{}f}", value, channel.decimals);
            }
            out << ';' << last[i];
        }
        out << '\n';
        at += row % 60 == 59 ? 2 : 1;
        if (recording.pause_after_row > 0 && row == recording.pause_after_row) at += one_pause;
    }
    out.flush();
    if (out) return {};
    return failed(Failure{watchglass::codes::io_error, Next::tell_operator, file.string(), ""});
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/csv_source.h"

#include <fstream>

#include <fmt/format.h>

#include "device-sdk/agent/codes.h"
#include "libs/foundation/log.h"

namespace watchglass::agent {
namespace {

using namespace std::chrono_literals;

/// A recording may pause for a night; nobody wants to wait for that.
constexpr Microseconds longest_pause = 1h;
constexpr std::uint64_t rows_between_checks = 32;
constexpr std::uint64_t rows_between_reports = 10'000;

}  // namespace

Result<void> CsvSource::run(device::Device& device, const StopSign& stop) {
    std::ifstream file(settings_.file);
    std::string line;
    if (!file || !std::getline(file, line)) {
        return failed(Failure{watchglass::codes::io_error,
                              Next::give_up,
                              fmt::format("{} cannot be read or is empty.", settings_.file.string()),
                              {}});
    }
    const auto reader = CsvReader::from_head(line, device.dictionary(), settings_.map);
    if (!reader) return failed(reader);
    for (const std::string& column : reader->skipped_columns()) {
        log::info("agent.column_skipped", "The column is no parameter of the dictionary.",
                  {{"column", column}});
    }

    for (std::uint64_t number = 2; std::getline(file, line); ++number) {
        if (stop.raised()) return {};
        if (line.empty() || line == "\r") continue;
        const auto row = reader->read(line);
        if (!row) {
            complain(number, row.error());
            continue;
        }
        if (!keep_pace(*row, stop)) return {};
        while (rows_ % rows_between_checks == 0 && !device.wait_for_room(250ms)) {
            if (stop.raised()) return {};
        }
        give(device, *row, number);
        if (++rows_ % rows_between_reports == 0) {
            log::info("agent.replaying", "Replaying.",
                      {{"rows", rows_}, {"backlog", device.link_status().backlog}});
        }
    }
    log::info("agent.replayed", "The recording is at its end.", {{"rows", rows_}, {"bad_lines", bad_lines_}});
    return {};
}

/// False when the agent shall stop.
bool CsvSource::keep_pace(const CsvRow& row, const StopSign& stop) {
    const auto before = std::exchange(last_at_, row.at);
    if (settings_.speed <= 0 || !before || row.at <= *before) return true;
    const Microseconds pause = std::min(row.at - *before, longest_pause);
    return !stop.wait(
        Microseconds{static_cast<std::int64_t>(static_cast<double>(pause.count()) / settings_.speed)});
}

void CsvSource::give(device::Device& device, const CsvRow& row, std::uint64_t line) {
    for (const auto& [parameter, value] : row.values) {
        if (const auto set = device.set(parameter, Value{value}, row.at); !set) complain(line, set.error());
    }
}

void CsvSource::complain(std::uint64_t line, const Failure& why) {
    ++bad_lines_;
    log::warning("agent.bad_line", why.message(), {{"file", settings_.file.string()}, {"line", line}});
}

}  // namespace watchglass::agent

// SPDX-License-Identifier: Apache-2.0
#include "test/end_to_end/stored_readings.h"

#include <algorithm>
#include <cstdlib>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "libs/foundation/clock.h"

namespace watchglass::test {

std::vector<Reading> stored_readings(const RunningStack& stack, const std::string& device,
                                     const std::string& parameter, const std::string& from,
                                     const std::string& to) {
    const auto rows = stack.sql(fmt::format(
        "SELECT (extract(epoch FROM t) * 1000000)::bigint, value FROM watchglass.telemetry('{}', '{}', "
        "'{}', '{}') ORDER BY t",
        device, parameter, from, to));
    std::vector<Reading> readings;
    for (const auto& row : rows) {
        const auto bar = row.find('|');
        readings.push_back(
            {std::strtoll(row.c_str(), nullptr, 10), std::strtod(row.c_str() + bar + 1, nullptr)});
    }
    return readings;
}

void check_stored_once(const RunningStack& stack, const std::string& device,
                       const std::filesystem::path& recording) {
    const auto expected = changed_readings(recording);
    std::int64_t first = expected.begin()->second.front().at_us;
    std::int64_t last = first;
    for (const auto& [parameter, readings] : expected) {
        first = std::min(first, readings.front().at_us);
        last = std::max(last, readings.back().at_us);
    }
    const auto literal = [](std::int64_t us) { return to_rfc3339(WallTime{us}); };
    for (const auto& [parameter, readings] : expected) {
        INFO(recording.filename().string() << ", " << parameter);
        const auto stored = stored_readings(stack, device, parameter, literal(first), literal(last + 1));
        CHECK(stored.size() == readings.size());
        CHECK(stored == readings);
    }
}

}  // namespace watchglass::test

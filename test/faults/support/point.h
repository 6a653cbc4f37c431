// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "test/faults/support/stand.h"

namespace watchglass::faults {

/// One call of a program that fault_point.so shall do something about, as text: `send:kill_before:37`.
struct CallPoint {
    std::string call;
    std::string action;
    std::string n;

    explicit CallPoint(const std::string& text)
        : call(text.substr(0, text.find(':'))),
          action(text.substr(call.size() + 1, text.rfind(':') - call.size() - 1)),
          n(text.substr(text.rfind(':') + 1)) {}

    [[nodiscard]] Environment environment(const std::filesystem::path& counts) const {
        return with_faults(counts, {{"CALL", call}, {"DO", action}, {"AT", n}});
    }
};

/// `prefix` before each: one for every call of that kind that `counts` has, and every action.
inline void add_points(std::vector<std::string>& points, const std::filesystem::path& counts,
                       const std::string& call, const std::vector<std::string>& actions,
                       const std::string& prefix = "") {
    for (std::uint64_t n = 1; n <= counted(counts, call); ++n)
        for (const std::string& action : actions)
            points.push_back(prefix + call + ':' + action + ':' + std::to_string(n));
}

}  // namespace watchglass::faults

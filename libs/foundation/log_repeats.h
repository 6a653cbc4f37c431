// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/clock.h"

namespace watchglass::log {

/// Decides which repeats of an event are worth a line. One thread at a time.
class Repeats {
public:
    static constexpr std::uint64_t most_lines = 20;
    static constexpr Microseconds window = std::chrono::seconds{10};

    struct HeldBack {
        std::string event;
        std::uint64_t lines = 0;
    };

    /// Whether this occurrence of `event` shall be written.
    bool admit(std::string_view event, SteadyTime now);
    /// What was held back in windows that are over; each is told once.
    std::vector<HeldBack> take_held_back(SteadyTime now);

private:
    struct Window {
        SteadyTime since;
        std::uint64_t lines = 0;
    };
    std::map<std::string, Window, std::less<>> windows_;
};

}  // namespace watchglass::log

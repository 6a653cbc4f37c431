// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/log_repeats.h"

namespace watchglass::log {

bool Repeats::admit(std::string_view event, SteadyTime now) {
    auto found = windows_.find(event);
    if (found == windows_.end()) found = windows_.emplace(std::string(event), Window{now, 0}).first;
    return ++found->second.lines <= most_lines;
}

std::vector<Repeats::HeldBack> Repeats::take_held_back(SteadyTime now) {
    std::vector<HeldBack> held;
    // A window that is over is forgotten, so the map holds no more than the events of the last window.
    for (auto it = windows_.begin(); it != windows_.end();) {
        if (now - it->second.since < window) {
            ++it;
            continue;
        }
        if (it->second.lines > most_lines) held.push_back({it->first, it->second.lines - most_lines});
        it = windows_.erase(it);
    }
    return held;
}

}  // namespace watchglass::log

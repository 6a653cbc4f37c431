// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/world.h"

#include <algorithm>

namespace watchglass::simulation {

void World::at(Microseconds when, std::function<void()> what) {
    planned_.push({std::max(when, now_), ++numbered_, std::move(what)});
}

void World::run_until(Microseconds until) {
    while (!planned_.empty() && planned_.top().when <= until) {
        // The queue gives out a reference to const; the event is gone before it runs.
        Event event = std::move(const_cast<Event&>(planned_.top()));
        planned_.pop();
        now_ = std::max(now_, event.when);
        ++events_;
        event.what();
    }
    now_ = std::max(now_, until);
}

void World::violation(const std::string& what) {
    violations_.push_back(stamped(what));
    note("!! {}", what);
}

std::string World::stamped(const std::string& line) const {
    return fmt::format("{:>12.6f}s  {}", static_cast<double>(now_.count()) / 1e6, line);
}

}  // namespace watchglass::simulation

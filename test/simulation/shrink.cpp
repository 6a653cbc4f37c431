// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/shrink.h"

#include <algorithm>

namespace watchglass::simulation {
namespace {

constexpr std::size_t tries_most = 300;

bool fails(const Plan& plan, Mutant mutant, std::size_t& tries) {
    ++tries;
    return !run_plan(plan, mutant, false).violations.empty();
}

Plan without(const Plan& plan, std::size_t from, std::size_t count) {
    Plan less = plan;
    const auto begin = less.steps.begin() + static_cast<std::ptrdiff_t>(from);
    less.steps.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(count, less.steps.size() - from)));
    return less;
}

void leave_out(Plan& best, Mutant mutant, std::size_t& tries) {
    for (std::size_t chunk = std::max<std::size_t>(best.steps.size() / 2, 1); chunk > 0; chunk /= 2) {
        for (std::size_t from = 0; from < best.steps.size() && tries < tries_most;) {
            const Plan less = without(best, from, chunk);
            if (fails(less, mutant, tries)) {
                best = less;
            } else {
                from += chunk;
            }
        }
    }
}

}  // namespace

Plan shrink(const Plan& plan, Mutant mutant, std::size_t& tries) {
    Plan best = plan;
    // Until no single step can be left out any more.
    for (std::size_t before = best.steps.size() + 1; before != best.steps.size();) {
        before = best.steps.size();
        leave_out(best, mutant, tries);
    }
    // Less time and fewer instruments make a history easier to read.
    while (tries < tries_most && !best.steps.empty() &&
           best.end > best.steps.back().at + Microseconds{2'000'000}) {
        Plan less = best;
        less.end = best.steps.back().at + (best.end - best.steps.back().at) / 2;
        if (!fails(less, mutant, tries)) break;
        best = less;
    }
    while (tries < tries_most && best.devices > 1) {
        Plan less = best;
        --less.devices;
        if (!fails(less, mutant, tries)) break;
        best = less;
    }
    return best;
}

}  // namespace watchglass::simulation

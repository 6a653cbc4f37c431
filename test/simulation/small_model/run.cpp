// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/run.h"

#include <algorithm>
#include <unordered_map>

#include "test/simulation/small_model/steps.h"

namespace watchglass::small_model {
namespace {

struct HashPrint {
    std::size_t operator()(const Fingerprint& print) const { return static_cast<std::size_t>(print.low); }
};

class Search {
public:
    using State = small_model::State;

    explicit Search(const Rules& rules) : rules_(rules) {}

    State first() const { return beginning(rules_); }

    const std::vector<Step>& successors(const State& state) {
        steps_from(rules_, state, false, steps_);
        for (Step& step : steps_) canonicalize(step.after);
        return steps_;
    }

    bool visit(const State& state, std::uint32_t number) {
        if (state.up.overflowed || state.down.overflowed || state.epochs > most_epochs) overflowed = true;
        const Harms harms = harms_now(rules_, state) | harms_to_come(state);
        for (int harm = 0; harm < harm_count; ++harm) {
            auto& at = where[static_cast<std::size_t>(harm)];
            if ((harms & harm_bit(static_cast<Harm>(harm))) != 0 && !at) at = number;
        }
        return harms == 0 && !overflowed;
    }

    std::array<std::optional<std::uint32_t>, harm_count> where;
    bool overflowed = false;

private:
    /// Many states come to rest in the same way: what is under way, and what might still fail, does not matter.
    Harms harms_to_come(State state) {
        state.up = Messages{};
        state.down = Messages{};
        state.faults_left = {};
        const auto [known, added] = at_rest_.try_emplace(fingerprint(state), 0);
        const int orders = state.devices[1].present ? 2 : 1;
        for (int first = 0; added && first < orders; ++first) {
            known->second |= harms_at_rest(rules_, settled(rules_, state, first));
        }
        return known->second;
    }

    const Rules& rules_;
    std::vector<Step> steps_;
    std::unordered_map<Fingerprint, Harms, HashPrint> at_rest_;
};

/// The steps to a state, found again one by one. Which copy is which is decided only for comparing, so that the
/// history keeps its names.
History history_to(const Rules& rules, const Seen& seen, std::uint32_t number, Harm harm) {
    History history;
    State state = beginning(rules);
    std::vector<Step> steps;
    for (const std::uint32_t stop : seen.path_to(number)) {
        if (stop == 0) continue;
        steps_from(rules, state, true, steps);
        for (const Step& step : steps) {
            State canonical = step.after;
            canonicalize(canonical);
            if (fingerprint(canonical) != seen.print(stop)) continue;
            history.steps.push_back(step.words);
            state = step.after;
            break;
        }
    }
    for (int first = 0; first < most_devices && (harms_now(rules, state) & harm_bit(harm)) == 0; ++first) {
        history.then.clear();
        const State rest = settled(rules, state, first, &history.then);
        if ((harms_at_rest(rules, rest) & harm_bit(harm)) != 0) break;
    }
    return history;
}

}  // namespace

bool Findings::clean() const {
    const bool harmless =
        std::none_of(histories.begin(), histories.end(), [](auto& h) { return h.has_value(); });
    return harmless && explored.complete && !overflowed;
}

Findings run(const Rules& rules, std::uint64_t limit) {
    Search search(rules);
    Seen seen;
    Findings findings;
    findings.explored = explore(search, seen, limit);
    findings.overflowed = search.overflowed;
    for (std::size_t harm = 0; harm < harm_count; ++harm) {
        const auto& where = search.where[harm];
        if (where) findings.histories[harm] = history_to(rules, seen, *where, static_cast<Harm>(harm));
    }
    return findings;
}

}  // namespace watchglass::small_model

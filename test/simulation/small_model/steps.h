// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/simulation/small_model/design.h"
#include "test/simulation/small_model/state.h"

namespace watchglass::small_model {

/// A state that may follow. `words` is empty unless they were asked for: most steps are taken millions of times, and
/// read never.
struct Step {
    State after;
    std::string words;
};

State beginning(const Rules& rules);

/// Everything that may happen next, as the configuration allows: each actor's next action, each message's arrival, each
/// fault that is left.
void steps_from(const Rules& rules, const State& state, bool with_words, std::vector<Step>& steps);

/// Two states that differ only in which copy or which process is which are one.
void canonicalize(State& state);

}  // namespace watchglass::small_model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/simulation/scenario.h"

namespace watchglass::simulation {

/// The shortest part of a failing plan that still fails, found by leaving out ever smaller parts of its steps.
/// `tries`: how many runs it took.
Plan shrink(const Plan& plan, Mutant mutant, std::size_t& tries);

}  // namespace watchglass::simulation

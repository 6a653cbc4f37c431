// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "test/simulation/small_model/run.h"

namespace watchglass::small_model {

/// A design with one decision undone. It must do harm: a mutant that survives says that the decision is not needed, or
/// that the model does not see what it is for.
struct Mutant {
    const char* name;
    const char* says;
    Design design;
    std::vector<const char*> configurations;  ///< where its harm is looked for
    Harms harms;                              ///< what must be found there
};

const std::vector<Mutant>& mutants();
const Mutant* find_mutant(std::string_view name);

/// Its harms, over its configurations; of each harm the shortest history.
Findings run(const Mutant& mutant);

/// The harms in these findings.
Harms harms_in(const Findings& findings);

}  // namespace watchglass::small_model

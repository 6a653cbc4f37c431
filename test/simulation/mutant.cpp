// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/mutant.h"

namespace watchglass::simulation {

std::string_view to_text(Mutant mutant) {
    switch (mutant) {
        case Mutant::none: return "none";
        case Mutant::release_on_puback: return "release-on-puback";
        case Mutant::constant_epoch: return "no-epoch";
        case Mutant::send_before_fsync: return "send-before-fsync";
        case Mutant::repeats_not_compared: return "repeat-not-compared";
        case Mutant::rewind_on_progress: return "rewind-on-progress";
        case Mutant::flags_everything: return "flag-everything";
        case Mutant::no_mapping: return "rekey-without-mapping";
    }
    return "?";
}

std::optional<Mutant> mutant_named(std::string_view name) {
    for (const Mutant mutant : mutants) {
        if (name == to_text(mutant)) return mutant;
    }
    return std::nullopt;
}

}  // namespace watchglass::simulation

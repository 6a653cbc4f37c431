// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace watchglass::simulation {

/// The product with one of its promises broken on purpose, by what stands at its ports. A simulation that does not
/// notice is worth nothing.
enum class Mutant {
    none,
    release_on_puback,     ///< the link says "stored" when the broker has it
    constant_epoch,        ///< the entropy repeats itself
    send_before_fsync,     ///< the disk says yes to a sync and does nothing
    repeats_not_compared,  ///< what stands at or below the stored position passes as what was stored
    rewind_on_progress,    ///< the link says "hole" for each progress
    flags_everything,      ///< the link calls every frame a possible repeat
    no_mapping,            ///< the disk loses the record that says where forked frames went
};
inline constexpr std::array mutants{Mutant::release_on_puback,  Mutant::constant_epoch,
                                    Mutant::send_before_fsync,  Mutant::repeats_not_compared,
                                    Mutant::rewind_on_progress, Mutant::no_mapping,
                                    Mutant::flags_everything};

std::string_view to_text(Mutant mutant);
std::optional<Mutant> mutant_named(std::string_view name);

}  // namespace watchglass::simulation

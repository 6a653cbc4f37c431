// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::dictionaries::codes {

inline constexpr Code not_accepted{"dictionary.not_accepted", "The dictionary has errors.",
                                   "Correct each of them; docs/formats/dictionaries.md has the rules."};

}  // namespace watchglass::dictionaries::codes

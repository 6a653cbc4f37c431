// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::codes {

inline constexpr Code malformed_device_id{"device.malformed_id", "This is not a device id.",
                                          "A device id is 26 characters a-z and 2-7; copy it whole."};
inline constexpr Code malformed_resolution{
    "dictionary.malformed_resolution", "This is not a resolution.",
    "Write a positive decimal without exponent, with at most 15 digits in all: 0.001"};

}  // namespace watchglass::codes

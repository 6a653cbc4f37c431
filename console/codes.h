// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// What the read API refuses, and why.
namespace watchglass::console::codes {

inline constexpr Code no_certificate{
    "console.no_certificate", "This API is for operators with a client certificate.",
    "Show an operator's certificate, for example with curl --cert and --key."};
inline constexpr Code certificate_not_valid{"console.certificate_not_valid",
                                            "The client certificate is expired or not ours.",
                                            "Ask an administrator for a new operator certificate."};
inline constexpr Code not_an_operator{
    "console.not_an_operator", "This certificate belongs to no operator.",
    "Ask an administrator to add it: watchglass-provisiond --add-operator."};
inline constexpr Code platform_only{"console.platform_only",
                                    "This tells of all tenants, and this operator is one tenant's.",
                                    "Ask an operator of the platform."};
inline constexpr Code no_such_device{"console.no_such_device",
                                     "There is no such device, or it is not yours to see.",
                                     "List the devices: watchglass device list."};
inline constexpr Code no_such_parameter{"console.no_such_parameter", "No dictionary declares this parameter.",
                                        "See what the device reports: watchglass latest DEVICE."};
inline constexpr Code no_such_item{
    "console.no_such_item", "There is no such item, or it is not yours to see.", "List what is there."};
inline constexpr Code bad_query{"console.bad_query", "A part of the query was not understood.",
                                "Times are RFC 3339 (2026-11-20T20:00:00Z) or an age (15m, 6h, 30d); limit "
                                "is 1 to 10000; severity is info, "
                                "warning or alarm."};

}  // namespace watchglass::console::codes

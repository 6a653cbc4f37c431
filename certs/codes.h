// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::certs::codes {

inline constexpr Code profile_invalid{"certs.profile_invalid", "The certificate profile could not be used.",
                                      "Compare it with the profiles in certs/profiles/."};
inline constexpr Code authority_damaged{
    "certs.authority_damaged",
    "A certificate authority's certificate and key do not fit together or are unreadable.",
    "Restore both files from a backup. Moving them away makes a new authority, and everything enrolled must "
    "enroll "
    "again."};
inline constexpr Code host_name_invalid{"certs.host_name_invalid", "That is no host name or address.",
                                        "Give a DNS name, an IPv4 or an IPv6 address."};

}  // namespace watchglass::certs::codes

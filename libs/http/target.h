// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass::http {

/// RFC 3986 percent-encoding of everything outside unreserved.
std::string percent_encode(std::string_view text);

/// What a request asks for, decoded.
struct Target {
    std::string path;
    std::vector<std::pair<std::string, std::string>>
        query;  ///< in order; a name without `=` has an empty value
};

/// Reads the origin form of a target (RFC 9112 section 3.2.1). In the query, `+` is a space (as browsers
/// write it).
///
/// Refused with http.malformed_request: any other form, bad percent-encoding, bytes that are not UTF-8,
/// control characters, `.` and `..` segments and encoded slashes in the path, so that a path means the same
/// to everybody.
Result<Target> parse_target(std::string_view target);

}  // namespace watchglass::http

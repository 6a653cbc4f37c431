// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// Replaces each `@name@` (lower-case letters, digits and underscores) by its value. A name without a value is an
/// error, and so is a value that no name asks for: a template and its filler must not drift apart.
Result<std::string> render(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace watchglass::cli

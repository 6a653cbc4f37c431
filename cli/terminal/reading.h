// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/json/json.h"

namespace watchglass::cli {

/// The member `value` of a reading as a person reads it: a number in its shortest exact form, text escaped.
std::string value_text(const json::Value& reading);

/// The same with the unit's symbol behind it.
std::string value_with_unit(const json::Value& reading);

}  // namespace watchglass::cli

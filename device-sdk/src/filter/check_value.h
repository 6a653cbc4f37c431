// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::device {

/// May this parameter have this value? The same rules as the wire's, asked before anything is recorded.
Result<void> check_value(const ParameterDefinition& parameter, const Value& value);
/// Within the years 1 to 9999.
Result<void> check_time(WallTime at);

}  // namespace watchglass::device

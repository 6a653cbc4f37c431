// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices/{device}/health: one device, with the alarms that stand
http::Response show_health(const Context& context, const http::Request& request);

}  // namespace watchglass::console

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices/{device}/latest: each parameter's current value, and whether it changed, was confirmed unchanged, or is silent
http::Response show_latest(const Context& context, const http::Request& request);

}  // namespace watchglass::console

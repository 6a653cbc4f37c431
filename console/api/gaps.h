// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices/{device}/gaps[?since=&until=&cursor=&limit=]: what was lost, and what may be stored twice, newest first. Without since: all
http::Response list_gaps(const Context& context, const http::Request& request);

}  // namespace watchglass::console

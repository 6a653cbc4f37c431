// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices/{device}/events[?since=&until=&severity=&sub_device=&cursor=&limit=]: alarms and changes of state, newest first. Without since: the last day
http::Response list_events(const Context& context, const http::Request& request);

}  // namespace watchglass::console

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices/{device}/telemetry?parameter=[&since=&until=&sub_device=&cursor=&limit=]: JSON, or CSV with Accept: text/csv. Without since: the last hour
http::Response read_telemetry(const Context& context, const http::Request& request);

}  // namespace watchglass::console

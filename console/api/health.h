// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/health[?trouble=true&cursor=&limit=]: every device, or those in trouble
http::Response list_health(const Context& context, const http::Request& request);

}  // namespace watchglass::console

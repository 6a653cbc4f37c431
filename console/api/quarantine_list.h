// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/quarantine[?device=&cursor=&limit=]: newest first, without the bytes
http::Response list_quarantine(const Context& context, const http::Request& request);

}  // namespace watchglass::console

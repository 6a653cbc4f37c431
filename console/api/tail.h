// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"
#include "console/tail_hub.h"

namespace watchglass::console {

/// GET /api/v1/tail[?device=&parameter=]: server-sent events from now on. First one event `open` (from then on nothing
/// is missed), then one event `change` for each stored change, each once; its id is the number of its commit.
http::Response tail(const Context& context, TailHub& hub, const http::Request& request);

}  // namespace watchglass::console

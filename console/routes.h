// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"
#include "console/tail_hub.h"
#include "libs/http/server.h"

namespace watchglass::console {

/// Every path of the read API.
void add_routes(http::Router& router, const Context& context, TailHub& hub);

}  // namespace watchglass::console

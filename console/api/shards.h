// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/shards: who serves which; for operators over all tenants
http::Response list_shards(const Context& context, const http::Request& request);

}  // namespace watchglass::console

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/devices[?cursor=&limit=]
http::Response list_devices(const Context& context, const http::Request& request);

}  // namespace watchglass::console

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "console/api/context.h"

namespace watchglass::console {

/// GET /api/v1/quarantine/{id}: with the bytes in base64, the reason and what to do
http::Response show_quarantine(const Context& context, const http::Request& request);

}  // namespace watchglass::console

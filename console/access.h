// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "console/api/context.h"
#include "libs/http/message.h"
#include "storage/postgres/connection.h"
#include "storage/read/scope.h"

namespace watchglass::console {

/// Somebody who may read, and what.
struct Reader {
    std::string name;
    storage::ReadScope scope;
};

/// Knows an operator by the full fingerprint of the certificate that the front door verified: 401 without one, 403
/// for one that is expired or not an operator's. Every role may read; an operator of one tenant sees that tenant.
Answered<Reader> admit(storage::Connection& connection, const http::Request& request);

}  // namespace watchglass::console

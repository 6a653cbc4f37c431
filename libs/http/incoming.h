// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/foundation/result.h"
#include "libs/http/message.h"

namespace watchglass::http {

/// The head of a request as the HTTP library read it.
struct IncomingHead {
    std::string method;
    std::string target;
    bool host_required = true;                                 ///< HTTP/1.1
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
};

/// Decodes the target, finds out who the peer is (only `behind_front_door`; otherwise such headers are
/// removed) and gives the request its id. Fails with http.malformed_request.
Result<Request> read_head(IncomingHead head, bool behind_front_door);

/// The client's own id if it is short and harmless, otherwise a fresh one.
std::string request_id_from(std::string_view offered);

}  // namespace watchglass::http

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "libs/foundation/file.h"
#include "libs/foundation/result.h"
#include "libs/http/server.h"

namespace watchglass::http {

/// A socket that listens where ServerSettings::address says.
struct ListeningSocket {
    UniqueFd fd;
    int family = 0;
    std::uint16_t port = 0;  ///< 0 for a Unix socket
};

/// Fails with http.cannot_listen; also when another process still serves at a Unix socket's path.
Result<ListeningSocket> listen_at(const std::variant<UnixSocketAddress, LoopbackAddress>& address);

}  // namespace watchglass::http

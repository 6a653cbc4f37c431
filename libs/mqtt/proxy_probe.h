// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"

namespace watchglass::mqtt {

/// Asks the proxy for a tunnel to host:port (CONNECT, RFC 9110 section 9.3.6) and closes it again.
///
/// The MQTT library waits for a silent proxy with its lock held, which stops every client of the process, and cannot
/// tell a refusal from a dead line. So this asks first, on the caller's thread, for at most `patience`.
/// Fails with mqtt.proxy_refused (the proxy said no, for example 407) or mqtt.unreachable.
Result<void> probe_proxy(const security::HttpProxy& proxy, const std::string& host, std::uint16_t port,
                         std::chrono::milliseconds patience);

/// The proxy as the MQTT library wants it: `host:port`, or `https://user:password@host:port`, percent-encoded.
std::string proxy_address(const security::HttpProxy& proxy);

}  // namespace watchglass::mqtt

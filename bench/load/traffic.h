// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace watchglass::bench {

/// What this process has sent and received over the TCP connections that it has now, in bytes: whatever lies above TCP, TLS
/// and all, in both directions.
std::uint64_t tcp_bytes();

}  // namespace watchglass::bench

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace watchglass::test {

/// A TCP socket that waits for connections.
struct ListeningSocket {
    std::uint16_t port = 0;
    bool loopback_only = false;
};

/// Those of one process, from /proc.
std::vector<ListeningSocket> listening_sockets(int pid);

}  // namespace watchglass::test

// SPDX-License-Identifier: Apache-2.0
#include "bench/load/traffic.h"

#include <cstdlib>
#include <filesystem>

#include <linux/tcp.h>  // <netinet/tcp.h> knows no bytes
#include <netinet/in.h>
#include <sys/socket.h>

namespace watchglass::bench {

std::uint64_t tcp_bytes() {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
        tcp_info info{};
        socklen_t size = sizeof info;
        const int fd = std::atoi(entry.path().filename().c_str());
        if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) continue;  // no TCP socket
        bytes += info.tcpi_bytes_acked + info.tcpi_bytes_received;
    }
    return bytes;
}

}  // namespace watchglass::bench

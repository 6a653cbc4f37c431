// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/prompt_sockets.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace watchglass::mqtt {
namespace {

bool leads_to(int fd, std::uint16_t port) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
    if (peer.ss_family == AF_INET) return reinterpret_cast<const sockaddr_in&>(peer).sin_port == htons(port);
    return peer.ss_family == AF_INET6 && reinterpret_cast<const sockaddr_in6&>(peer).sin6_port == htons(port);
}

}  // namespace

void send_promptly_to(std::uint16_t port) {
    std::error_code none;  // where /proc is missing, messages are only slower
    std::filesystem::directory_iterator entry{"/proc/self/fd", none};
    for (; entry != std::filesystem::directory_iterator{}; entry.increment(none)) {
        const int fd = std::atoi(entry->path().filename().c_str());
        const int yes = 1;
        if (leads_to(fd, port)) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
}

}  // namespace watchglass::mqtt

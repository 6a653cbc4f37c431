// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/ports.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "cli/stack/codes.h"

namespace watchglass::cli {

namespace {

constexpr int backlog = 4096;

union Address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

Failure not_opened(std::uint16_t port) {
    return Failure{codes::port_taken, Next::tell_operator,
                   fmt::format("Port {}: {}", port, std::strerror(errno)), ""};
}

Result<ListeningPort> listen_on(UniqueFd fd, Address address, socklen_t length, std::uint16_t port) {
    // A port whose connections of a moment ago still linger is free.
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (!fd || ::bind(fd.get(), &address.any, length) != 0 || ::listen(fd.get(), backlog) != 0 ||
        ::getsockname(fd.get(), &address.any, &length) != 0) {
        return failed(not_opened(port));
    }
    const auto got = address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port;
    return ListeningPort{std::move(fd), ntohs(got)};
}

Result<ListeningPort> listen_v4(std::uint32_t where, std::uint16_t port) {
    Address address{};
    address.v4.sin_family = AF_INET;
    address.v4.sin_addr.s_addr = htonl(where);
    address.v4.sin_port = htons(port);
    return listen_on(UniqueFd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}, address, sizeof address.v4,
                     port);
}

/// IPv6 and IPv4 by one socket, or IPv4 alone where the machine has no IPv6.
Result<ListeningPort> listen_everywhere(std::uint16_t port) {
    UniqueFd fd{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!fd) return listen_v4(INADDR_ANY, port);
    const int no = 0;
    ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    Address address{};
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_addr = IN6ADDR_ANY_INIT;
    address.v6.sin6_port = htons(port);
    return listen_on(std::move(fd), address, sizeof address.v6, port);
}

}  // namespace

Result<ListeningPort> open_public_port(std::optional<std::uint16_t> asked,
                                       std::optional<std::uint16_t> last_time) {
    if (asked) return listen_everywhere(*asked);
    if (last_time) {
        if (auto known = listen_everywhere(*last_time)) return known;
    }
    if (auto well_known = listen_everywhere(443)) return well_known;
    return listen_everywhere(8443);
}

Result<std::uint16_t> free_loopback_port() {
    const auto opened = listen_v4(INADDR_LOOPBACK, 0);
    if (!opened) return failed(opened.error());
    return opened->port;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/ports.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "cli/stack/codes.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

namespace {

/// Opens and closes a listening port again; the port it got, or errno.
Result<std::uint16_t> try_port(std::uint32_t address, std::uint16_t port) {
    const UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    // A port whose connections of a moment ago still linger is free.
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    name.sin_port = htons(port);
    socklen_t length = sizeof name;
    auto* generic = reinterpret_cast<sockaddr*>(&name);
    if (::bind(fd.get(), generic, length) == 0 && ::listen(fd.get(), 1) == 0 &&
        ::getsockname(fd.get(), generic, &length) == 0) {
        return ntohs(name.sin_port);
    }
    return failed(Failure{codes::port_taken, Next::tell_operator, fmt::format("Port {}: {}", port, std::strerror(errno)),
                          ""});
}

}  // namespace

Result<std::uint16_t> choose_public_port(std::optional<std::uint16_t> asked) {
    if (asked && *asked != 0) return try_port(INADDR_ANY, *asked);
    if (asked) return try_port(INADDR_ANY, 0);
    if (auto well_known = try_port(INADDR_ANY, 443)) return well_known;
    return try_port(INADDR_ANY, 8443);
}

Result<std::uint16_t> free_loopback_port() { return try_port(INADDR_LOOPBACK, 0); }

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "test/support/free_port.h"

#include <cstddef>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace watchglass::test {
namespace {

// Below the range from which the kernel gives ports to outgoing connections.
constexpr int first_port = 20000;
constexpr int last_port = 29999;

/// Reserves the number among tests: an abstract socket's name is taken once, and free again when the process
/// ends.
bool reserved(int port) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const auto name = "watchglass-test-port-" + std::to_string(port);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0)
        return true;  // kept open on purpose
    ::close(fd);
    return false;
}

bool bindable(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return bound;
}

}  // namespace

std::uint16_t free_port() {
    std::random_device random;
    std::uniform_int_distribution<int> any{first_port, last_port};
    for (int tries = 0; tries < 1000; ++tries) {
        const int port = any(random);
        if (reserved(port) && bindable(port)) return static_cast<std::uint16_t>(port);
    }
    throw std::runtime_error("no free port");
}

}  // namespace watchglass::test

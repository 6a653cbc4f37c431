// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <netinet/in.h>
#include <sys/socket.h>

#include "libs/foundation/file.h"

namespace watchglass::test {

/// A TCP port of all addresses that is taken as long as this lives.
class OccupiedPort {
public:
    OccupiedPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in name{};
        name.sin_family = AF_INET;
        socklen_t length = sizeof name;
        auto* generic = reinterpret_cast<sockaddr*>(&name);
        if (::bind(fd_.get(), generic, length) == 0 && ::listen(fd_.get(), 1) == 0 &&
            ::getsockname(fd_.get(), generic, &length) == 0) {
            port_ = ntohs(name.sin_port);
        }
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    UniqueFd fd_;
    std::uint16_t port_ = 0;
};

}  // namespace watchglass::test

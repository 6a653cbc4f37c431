// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/prompt_sockets.h"

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "libs/foundation/file.h"

using namespace watchglass;

namespace {

struct Listening {
    UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};

    Listening() {
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(socket.get(), 4) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    }
    [[nodiscard]] std::uint16_t port() const { return ntohs(address.sin_port); }
    [[nodiscard]] UniqueFd dialed() const {
        UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        return fd;
    }
};

bool sends_promptly(const UniqueFd& fd) {
    int yes = 0;
    socklen_t size = sizeof yes;
    REQUIRE(::getsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, &size) == 0);
    return yes != 0;
}

}  // namespace

TEST_CASE("connections to the broker's port send promptly, and no others are touched", "[mqtt]") {
    const Listening broker;
    const Listening other;
    const auto first = broker.dialed();
    const auto second = broker.dialed();
    const auto elsewhere = other.dialed();
    REQUIRE_FALSE(sends_promptly(first));

    mqtt::send_promptly_to(broker.port());
    CHECK(sends_promptly(first));
    CHECK(sends_promptly(second));
    CHECK_FALSE(sends_promptly(elsewhere));
}

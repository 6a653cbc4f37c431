// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/foundation/file.h"
#include "libs/mqtt/proxy_probe.h"
#include "libs/mqtt/session.h"

using namespace watchglass;
using namespace watchglass::mqtt;

namespace {

/// A proxy for one connection, which gives one answer (none: it stays silent until its end).
class OneAnswerProxy {
public:
    explicit OneAnswerProxy(std::string answer)
        : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listening_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listening_.get(), 1) == 0);
        socklen_t size = sizeof address;
        ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, answer] {
            const UniqueFd client(::accept(listening_.get(), nullptr, nullptr));
            char buffer[4096];
            const auto got = ::recv(client.get(), buffer, sizeof buffer, 0);
            if (got > 0) request_.assign(buffer, static_cast<std::size_t>(got));
            if (!answer.empty()) ::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
            while (::recv(client.get(), buffer, sizeof buffer, 0) > 0) continue;  // until the other side goes
        });
    }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    std::string request() {
        thread_.join();
        return request_;
    }
    ~OneAnswerProxy() {
        if (thread_.joinable()) thread_.join();
    }

private:
    UniqueFd listening_;
    std::uint16_t port_ = 0;
    std::string request_;
    std::thread thread_;
};

Result<void> probe(OneAnswerProxy& proxy, std::chrono::milliseconds patience = std::chrono::seconds{20}) {
    return probe_proxy({.host = "127.0.0.1", .port = proxy.port(), .user = "u", .password = "p"},
                       "example.test", 443, patience);
}

}  // namespace

TEST_CASE("a proxy that opens the tunnel is good, and gets user and password") {
    OneAnswerProxy proxy("HTTP/1.1 200 Connection established\r\n\r\n");
    CHECK(probe(proxy));
    const auto request = proxy.request();
    CHECK(request.starts_with("CONNECT example.test:443 HTTP/1.1\r\n"));
    CHECK(request.find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
}

TEST_CASE("a proxy that refuses is told apart from one that is silent or away") {
    {
        OneAnswerProxy proxy("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        const auto refused = probe(proxy);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == mqtt::codes::proxy_refused);
        CHECK(refused.error().detail.find("407") != std::string::npos);
    }
    {
        OneAnswerProxy proxy("");
        CHECK(probe(proxy, std::chrono::milliseconds{50}).error().code == mqtt::codes::unreachable);
    }
    const security::HttpProxy nobody{.host = "127.0.0.1", .port = 1, .user = "", .password = ""};
    CHECK(probe_proxy(nobody, "h", 443, std::chrono::seconds{20}).error().code == mqtt::codes::unreachable);
}

TEST_CASE("a password's special characters are percent-encoded for the library") {
    CHECK(proxy_address({.host = "proxy", .port = 3128, .user = "", .password = ""}) == "proxy:3128");
    CHECK(proxy_address({.host = "proxy", .port = 3128, .user = "a b", .password = "p@s:/"}) ==
          "https://a%20b:p%40s%3a%2f@proxy:3128");
}

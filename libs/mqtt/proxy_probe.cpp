// SPDX-License-Identifier: Apache-2.0
#include "libs/mqtt/proxy_probe.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"
#include "libs/mqtt/session.h"

namespace watchglass::mqtt {

namespace {

tl::unexpected<Failure> unreachable(const security::HttpProxy& proxy, const std::string& why) {
    return failed(Failure{codes::unreachable, Next::retry_later,
                          "The HTTP proxy " + proxy.host + " did not answer: " + why + ".", ""});
}

/// Waits until the socket can be read or written, false at the deadline.
bool wait_for(int fd, short what, SteadyTime deadline) {
    const SystemClock clock;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady()).count();
    pollfd polled{.fd = fd, .events = what, .revents = 0};
    return left > 0 && ::poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000))) > 0;
}

UniqueFd dial(const addrinfo& address, SteadyTime deadline) {
    UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return {};
    if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
    if (errno != EINPROGRESS || !wait_for(fd.get(), POLLOUT, deadline)) return {};
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return {};
    return fd;
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::strchr("-._~", c) != nullptr;
        if (plain && c != '\0') {
            out += c;
        } else {
            const auto byte = static_cast<std::uint8_t>(c);
            out += '%' + to_hex({&byte, 1});
        }
    }
    return out;
}

}  // namespace

std::string proxy_address(const security::HttpProxy& proxy) {
    const auto place = proxy.host + ":" + std::to_string(proxy.port);
    if (proxy.user.empty()) return place;
    return "https://" + percent_encoded(proxy.user) + ":" + percent_encoded(proxy.password) + "@" + place;
}

Result<void> probe_proxy(const security::HttpProxy& proxy, const std::string& host, std::uint16_t port,
                         std::chrono::milliseconds patience) {
    const SystemClock clock;
    const auto deadline = clock.steady() + patience;

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int rc = ::getaddrinfo(proxy.host.c_str(), std::to_string(proxy.port).c_str(), &hints, &found);
        rc != 0)
        return unreachable(proxy, ::gai_strerror(rc));
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);

    UniqueFd fd;
    for (const addrinfo* address = found; address != nullptr && !fd; address = address->ai_next)
        fd = dial(*address, deadline);
    if (!fd) return unreachable(proxy, "no connection");

    const auto place = host + ":" + std::to_string(port);
    std::string request = "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\n";
    if (!proxy.user.empty())
        request +=
            "Proxy-Authorization: Basic " + to_base64(as_bytes(proxy.user + ":" + proxy.password)) + "\r\n";
    request += "\r\n";
    if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return unreachable(proxy, "it closed the connection");

    std::string answer;
    while (answer.find("\r\n") == std::string::npos && answer.size() < 4096) {
        char buffer[1024];
        if (!wait_for(fd.get(), POLLIN, deadline)) return unreachable(proxy, "no answer in time");
        const auto got = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) return unreachable(proxy, "it closed the connection");
        answer.append(buffer, static_cast<std::size_t>(got));
    }
    const auto line = answer.substr(0, answer.find("\r\n"));
    const auto space = line.find(' ');
    if (space != std::string::npos && line.compare(space + 1, 1, "2") == 0) return {};
    return failed(Failure{codes::proxy_refused, Next::tell_operator, "It answered: " + line + ".", ""});
}

}  // namespace watchglass::mqtt

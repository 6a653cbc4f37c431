// SPDX-License-Identifier: Apache-2.0
#include "libs/http/listening_socket.h"

#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <errno.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libs/http/codes.h"

namespace watchglass::http {
namespace {

constexpr int backlog = 1024;

tl::unexpected<Failure> cannot_listen(const std::string& where, std::string_view why) {
    return failed(Failure{codes::cannot_listen, Next::tell_operator, fmt::format("{}: {}.", where, why), {}});
}

tl::unexpected<Failure> cannot_listen(const std::string& where, int error) {
    return cannot_listen(where, std::generic_category().message(error));
}

bool somebody_serves(const sockaddr_un& address) {
    const UniqueFd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool is_socket(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

Result<ListeningSocket> listen_on(const UnixSocketAddress& wanted) {
    const auto path = wanted.path.string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return cannot_listen(path,
                             fmt::format("a socket's path has 1 to {} bytes", sizeof address.sun_path - 1));
    }
    std::memcpy(address.sun_path, path.c_str(), path.size());

    if (is_socket(path)) {
        if (somebody_serves(address)) return cannot_listen(path, "another process serves there");
        ::unlink(path.c_str());
    }
    ListeningSocket socket;
    socket.family = AF_UNIX;
    socket.fd.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.fd) return cannot_listen(path, errno);
    if (::bind(socket.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::chmod(path.c_str(), 0660) != 0 || ::listen(socket.fd.get(), backlog) != 0) {
        return cannot_listen(path, errno);
    }
    return socket;
}

Result<ListeningSocket> listen_on(const LoopbackAddress& wanted) {
    const auto where = fmt::format("127.0.0.1:{}", wanted.port);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(wanted.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    ListeningSocket socket;
    socket.family = AF_INET;
    socket.fd.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.fd) return cannot_listen(where, errno);
    const int yes = 1;
    ::setsockopt(socket.fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    socklen_t size = sizeof address;
    if (::bind(socket.fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.fd.get(), backlog) != 0 ||
        ::getsockname(socket.fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return cannot_listen(where, errno);
    }
    socket.port = ntohs(address.sin_port);
    return socket;
}

}  // namespace

Result<ListeningSocket> listen_at(const std::variant<UnixSocketAddress, LoopbackAddress>& address) {
    return std::visit([](const auto& wanted) { return listen_on(wanted); }, address);
}

}  // namespace watchglass::http

// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/readiness.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace watchglass::cli {

Result<ReadinessSocket> ReadinessSocket::open(const std::filesystem::path& path) {
    UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
    ::unlink(path.c_str());
    // Written by the program's account, which need not be ours.
    if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0 ||
        ::chmod(path.c_str(), 0622) != 0) {
        return failed(Failure{watchglass::codes::io_error, Next::tell_operator,
                              fmt::format("{}: {}", path.string(), std::strerror(errno)), ""});
    }
    return ReadinessSocket{path, std::move(fd)};
}

ReadinessSocket::~ReadinessSocket() {
    if (fd_) ::unlink(path_.c_str());
}

bool ReadinessSocket::ready() {
    read_all();
    return ready_;
}

void ReadinessSocket::forget() {
    read_all();
    ready_ = false;
}

void ReadinessSocket::read_all() {
    std::array<char, 512> message{};
    for (;;) {
        const auto length = ::recv(fd_.get(), message.data(), message.size(), 0);
        if (length <= 0) return;
        const std::string_view text{message.data(), static_cast<std::size_t>(length)};
        if (text.find("READY=1") != std::string_view::npos) ready_ = true;
    }
}

}  // namespace watchglass::cli

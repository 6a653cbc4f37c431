// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/line_socket.h"

#include <cerrno>
#include <cstring>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker-bridge/access/codes.h"
#include "broker-bridge/access/protocol.h"

namespace watchglass::broker {

namespace {

Failure lost(std::string why) { return {codes::feed_lost, Next::retry_later, std::move(why), ""}; }

std::string reason() { return std::strerror(errno); }

std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto text = path.string();
    if (text.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
    return address;
}

Failure too_long(const std::filesystem::path& path) {
    return {watchglass::codes::invalid_argument, Next::tell_operator,
            "The path of a Unix socket has at most 107 bytes: " + path.string(), ""};
}

}  // namespace

Result<LineSocket> LineSocket::connect(const std::filesystem::path& path) {
    const auto address = address_of(path);
    if (!address) return failed(too_long(path));
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return failed(lost(reason()));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return failed(lost(path.string() + ": " + reason()));
    return LineSocket(std::move(fd));
}

Result<std::vector<std::string>> LineSocket::read() {
    std::optional<Failure> ended;
    while (in_.size() <= longest_line) {
        char buffer[65536];
        const auto got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got > 0) {
            in_.append(buffer, static_cast<std::size_t>(got));
            continue;
        }
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) break;
        ended = lost(got == 0 ? "The other side closed it." : reason());
        break;
    }
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (auto end = in_.find('\n'); end != std::string::npos; end = in_.find('\n', begin)) {
        lines.push_back(in_.substr(begin, end - begin));
        begin = end + 1;
    }
    in_.erase(0, begin);
    if (!lines.empty()) return lines;
    if (ended) return failed(*std::move(ended));
    if (in_.size() > longest_line)
        return failed(Failure{codes::malformed_line, Next::tell_operator, "The line is too long.", ""});
    return lines;
}

Result<void> LineSocket::write(std::string_view line) {
    out_.append(line);
    out_ += '\n';
    return flush();
}

Result<void> LineSocket::flush() {
    while (unsent() > 0) {
        const auto sent = ::send(fd_.get(), out_.data() + sent_, unsent(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return {};
        if (sent < 0) return failed(lost(reason()));
        sent_ += static_cast<std::size_t>(sent);
    }
    out_.clear();
    sent_ = 0;
    return {};
}

Result<UniqueFd> listen_on(const std::filesystem::path& path) {
    const auto address = address_of(path);
    if (!address) return failed(too_long(path));
    const auto io_error = [&] {
        return failed(
            Failure{watchglass::codes::io_error, Next::tell_operator, path.string() + ": " + reason(), ""});
    };
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return io_error();
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return io_error();
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return io_error();
    if (::chmod(path.c_str(), 0660) != 0 || ::listen(fd.get(), 4) != 0) return io_error();
    return fd;
}

WakeUp::WakeUp() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void WakeUp::set() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd_.get(), &one, sizeof one);
}

void WakeUp::clear() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_.get(), &count, sizeof count);
}

void wait_for_any(std::initializer_list<Watched> watched, WakeUp& wake, std::chrono::milliseconds patience) {
    std::vector<pollfd> polled{{.fd = wake.fd(), .events = POLLIN, .revents = 0}};
    for (const auto& one : watched)
        polled.push_back({.fd = one.fd,
                          .events = static_cast<short>(one.to_write ? POLLIN | POLLOUT : POLLIN),
                          .revents = 0});
    ::poll(polled.data(), polled.size(), static_cast<int>(patience.count()));
    wake.clear();
}

}  // namespace watchglass::broker

// SPDX-License-Identifier: Apache-2.0
#include "test/unit/http/raw_link.h"

#include <array>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace watchglass::test {
namespace {

bool readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    const auto most = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
    return ::poll(&waiting, 1, static_cast<int>(most.count())) == 1;
}

}  // namespace

RawLink RawLink::to(const std::filesystem::path& unix_socket) {
    UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, unix_socket.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::runtime_error("cannot connect to " + unix_socket.string());
    }
    return RawLink{std::move(fd)};
}

bool RawLink::say(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawLink::hear_more() {
    std::array<char, 4096> piece{};
    if (!readable(fd_.get())) return false;
    const ssize_t got = ::read(fd_.get(), piece.data(), piece.size());
    if (got <= 0) return false;
    heard_.append(piece.data(), static_cast<std::size_t>(got));
    return true;
}

std::string RawLink::hear_all() {
    while (hear_more()) {
    }
    return std::exchange(heard_, {});
}

std::string RawLink::hear_until(std::string_view end) {
    auto at = heard_.find(end);
    while (at == std::string::npos && hear_more()) at = heard_.find(end);
    if (at == std::string::npos) return std::exchange(heard_, {});
    auto piece = heard_.substr(0, at + end.size());
    heard_.erase(0, piece.size());
    return piece;
}

struct ScriptedServer::State {
    UniqueFd listener;
    std::mutex mutex;
    std::string heard;
    std::thread thread;
};

ScriptedServer::ScriptedServer(std::string answer) : state_(std::make_unique<State>()) {
    state_->listener.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(state_->listener.get(), generic, size) != 0 || ::listen(state_->listener.get(), 8) != 0 ||
        ::getsockname(state_->listener.get(), generic, &size) != 0) {
        throw std::runtime_error("cannot listen on loopback");
    }
    port_ = ntohs(address.sin_port);
    state_->thread = std::thread([s = state_.get(), answer = std::move(answer)] {
        const UniqueFd link{::accept4(s->listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        std::string head;
        std::array<char, 1024> piece{};
        // A TLS hello (content type 22) has no end that we could see: its first bytes are enough.
        while (link && head.find("\r\n\r\n") == std::string::npos && !head.starts_with('\x16') &&
               readable(link.get())) {
            const ssize_t got = ::read(link.get(), piece.data(), piece.size());
            if (got <= 0) break;
            head.append(piece.data(), static_cast<std::size_t>(got));
        }
        if (link) (void)::send(link.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        const std::lock_guard lock(s->mutex);
        s->heard = std::move(head);
    });
}

ScriptedServer::~ScriptedServer() {
    ::shutdown(state_->listener.get(), SHUT_RDWR);
    state_->thread.join();
}

std::string ScriptedServer::heard() {
    std::string head;
    eventually([&] {
        const std::lock_guard lock(state_->mutex);
        head = state_->heard;
        return !head.empty();
    });
    return head;
}

}  // namespace watchglass::test

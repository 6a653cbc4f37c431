// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/relay.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace watchglass::faults {
namespace {

constexpr std::size_t piece_bytes = 64u << 10;

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress resolved(const Relay::Address& address) {
    SocketAddress out;
    if (const auto* port = std::get_if<std::uint16_t>(&address)) {
        sockaddr_in in{};
        in.sin_family = AF_INET;
        in.sin_port = htons(*port);
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        std::memcpy(&out.storage, &in, sizeof in);
        out.length = sizeof in;
        return out;
    }
    const auto& path = std::get<std::filesystem::path>(address).native();
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    if (path.size() >= sizeof un.sun_path) throw std::runtime_error("too long for a socket: " + path);
    std::memcpy(un.sun_path, path.c_str(), path.size() + 1);
    std::memcpy(&out.storage, &un, sizeof un);
    out.length = sizeof un;
    return out;
}

UniqueFd socket_for(const SocketAddress& address, int flags) {
    return UniqueFd{::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)};
}

void without_delay(const UniqueFd& fd) {
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // means nothing to a Unix socket
}

bool send_all(const UniqueFd& fd, ByteSpan bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

Gate at_byte(Direction direction, std::uint64_t bytes, Then then) {
    return [=, done = false](const Passing& passing) mutable -> Passage {
        const std::size_t size = passing.bytes.size();
        if (done || passing.direction != direction || passing.before + size < bytes)
            return {size, Then::go_on};
        done = true;
        return {static_cast<std::size_t>(bytes - passing.before), then};
    };
}

Relay::Relay(Address listen, Address server)
    : server_(std::move(server)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    const auto address = resolved(listen);
    listener_ = socket_for(address, SOCK_NONBLOCK);
    const int on = 1;
    (void)::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener_.get(), address.get(), address.length) != 0 || ::listen(listener_.get(), 16) != 0)
        throw std::runtime_error("a relay cannot listen: " + std::generic_category().message(errno));
    if (const auto* path = std::get_if<std::filesystem::path>(&listen)) ::chmod(path->c_str(), 0666);
    thread_ = std::thread([this] { run(); });
}

Relay::~Relay() {
    ending_ = true;
    (void)::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Relay::set_gate(Gate gate) {
    const std::lock_guard lock(mutex_);
    gate_ = std::move(gate);
    passed_[0] = passed_[1] = 0;
    hit_ = 0;
}

void Relay::drop_stalled() {
    drop_stalled_ = true;
    (void)::eventfd_write(wake_.get(), 1);
}

std::uint64_t Relay::passed(Direction direction) const {
    const std::lock_guard lock(mutex_);
    return passed_[static_cast<std::size_t>(direction)];
}

void Relay::run() {
    while (!ending_) {
        std::vector<pollfd> entries{{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        std::vector<std::pair<Pair*, Direction>> whose;
        for (Pair& pair : pairs_) {
            if (pair.stalled) continue;
            for (const Direction direction : {Direction::to_server, Direction::from_server}) {
                const bool up = direction == Direction::to_server;
                entries.push_back({up ? pair.client.get() : pair.server.get(), POLLIN, 0});
                whose.emplace_back(&pair, direction);
            }
        }
        if (::poll(entries.data(), entries.size(), -1) < 0) continue;
        if (entries[0].revents != 0) {
            eventfd_t ignored = 0;
            (void)::eventfd_read(wake_.get(), &ignored);
        }
        for (std::size_t i = 0; i < whose.size(); ++i) {
            if (entries[i + 2].revents != 0 && !whose[i].first->over) carry(*whose[i].first, whose[i].second);
        }
        const bool drop = drop_stalled_.exchange(false);
        pairs_.remove_if([&](const Pair& pair) { return pair.over || (drop && pair.stalled); });
        if (entries[1].revents != 0) accept_one();
    }
}

void Relay::accept_one() {
    UniqueFd client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!client) return;
    const auto address = resolved(server_);
    UniqueFd server = socket_for(address, 0);
    if (::connect(server.get(), address.get(), address.length) != 0) return;  // the client sees the end
    without_delay(client);
    without_delay(server);
    Pair pair;
    pair.number = ++connections_;
    pair.client = std::move(client);
    pair.server = std::move(server);
    pairs_.push_back(std::move(pair));
}

void Relay::carry(Pair& pair, Direction direction) {
    const bool up = direction == Direction::to_server;
    Bytes piece(piece_bytes);
    const ssize_t got = ::recv((up ? pair.client : pair.server).get(), piece.data(), piece.size(), 0);
    if (got <= 0) {
        pair.over = true;
        return;
    }
    const ByteSpan bytes{piece.data(), static_cast<std::size_t>(got)};
    const std::lock_guard lock(mutex_);
    std::uint64_t& passed = passed_[static_cast<std::size_t>(direction)];
    const Passage passage =
        gate_ ? gate_({pair.number, direction, passed, bytes}) : Passage{bytes.size(), Then::go_on};
    const std::size_t forward = std::min(passage.forward, bytes.size());
    passed += forward;
    if (!send_all(up ? pair.server : pair.client, bytes.first(forward))) pair.over = true;
    if (passage.then == Then::go_on) return;
    ++hit_;
    pair.over = passage.then == Then::cut;
    pair.stalled = passage.then == Then::stall;
}

}  // namespace watchglass::faults

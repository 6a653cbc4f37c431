// SPDX-License-Identifier: Apache-2.0
#include "libs/http/server.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "libs/foundation/log.h"
#include "libs/http/connection.h"
#include "libs/http/listening_socket.h"

namespace watchglass::http {
namespace {

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

constexpr std::chrono::seconds patience_at_stop{5};

}  // namespace

struct Server::State {
    State(ServerSettings wanted, Router routes, metrics::Registry& registry)
        : settings(std::move(wanted)),
          router(std::move(routes)),
          workers(settings.workers),
          context{settings, router, workers, registry},
          acceptor(io),
          open_connections(
              registry.gauge("watchglass_http_connections", "Client connections that are open.")) {}

    awaitable<void> accept_until_closed();
    awaitable<void> serve(std::shared_ptr<Connection> connection);
    void on_io(std::function<void()> what) { asio::post(io, std::move(what)); }
    bool wait_until_empty(std::chrono::seconds patience);

    const ServerSettings settings;
    const Router router;
    asio::io_context io{1};
    asio::thread_pool workers;
    ConnectionContext context;
    Acceptor acceptor;
    metrics::Gauge& open_connections;
    std::uint16_t port = 0;
    bool started = false;
    std::thread thread;

    // Changed on the I/O thread alone; stop() waits for it to become empty.
    std::mutex mutex;
    std::condition_variable emptied;
    std::set<std::shared_ptr<Connection>> connections;
};

awaitable<void> Server::State::accept_until_closed() {
    while (acceptor.is_open()) {
        error_code error;
        Socket socket = co_await acceptor.async_accept(redirect_error(use_awaitable, error));
        if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
        if (error) {  // out of descriptors: some will be closed soon, and asking at once would only burn time
            log::warning("http.accept_failed", "A connection could not be accepted.",
                         {{"cause", error.message()}});
            asio::steady_timer pause{io, std::chrono::milliseconds{100}};
            co_await pause.async_wait(redirect_error(use_awaitable, error));
            continue;
        }
        auto connection = std::make_shared<Connection>(context, std::move(socket));
        {
            const std::lock_guard lock(mutex);
            connections.insert(connection);
        }
        open_connections.add(1);
        asio::co_spawn(io, serve(std::move(connection)), asio::detached);
    }
}

awaitable<void> Server::State::serve(std::shared_ptr<Connection> connection) {
    try {
        co_await connection->run();
    } catch (const std::exception& thrown) {
        log::error("http.connection_failed", "A connection ended by an exception.",
                   {{"cause", thrown.what()}});
    }
    open_connections.add(-1);
    const std::lock_guard lock(mutex);
    connections.erase(connection);
    if (connections.empty()) emptied.notify_all();
}

bool Server::State::wait_until_empty(std::chrono::seconds patience) {
    std::unique_lock lock(mutex);
    return emptied.wait_for(lock, patience, [&] { return connections.empty(); });
}

Server::Server(ServerSettings settings, Router router, metrics::Registry& metrics)
    : state_(std::make_unique<State>(std::move(settings), std::move(router), metrics)) {}

Server::~Server() { stop(); }

Result<void> Server::start() {
    auto socket = listen_at(state_->settings.address);
    if (!socket) return failed(std::move(socket));
    state_->port = socket->port;
    state_->acceptor.assign(asio::generic::stream_protocol(socket->family, 0), socket->fd.release());
    asio::co_spawn(state_->io, state_->accept_until_closed(), asio::detached);
    state_->thread = std::thread([state = state_.get()] {
        const auto work = asio::make_work_guard(state->io);
        state->io.run();
    });
    state_->started = true;
    return {};
}

void Server::stop() {
    if (!state_->started) return;
    state_->started = false;
    State& s = *state_;
    const auto each_connection = [&s](void (Connection::*what)()) {
        const auto all = [&s] {
            const std::lock_guard lock(s.mutex);
            return s.connections;
        }();
        for (const auto& connection : all) (*connection.*what)();
    };

    s.on_io([&s, each_connection] {
        s.context.stopping = true;
        error_code ignored;
        s.acceptor.close(ignored);
        each_connection(&Connection::finish);
    });
    if (const auto* address = std::get_if<UnixSocketAddress>(&s.settings.address)) {
        std::error_code ignored;
        std::filesystem::remove(address->path, ignored);
    }
    if (!s.wait_until_empty(patience_at_stop)) {
        s.on_io([each_connection] { each_connection(&Connection::cut); });
    }
    s.workers.join();  // a handler that still runs refers to its connection
    s.wait_until_empty(patience_at_stop);
    s.io.stop();
    s.thread.join();
}

std::uint16_t Server::port() const { return state_->port; }

}  // namespace watchglass::http

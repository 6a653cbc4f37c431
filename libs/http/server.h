// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "libs/foundation/metrics.h"
#include "libs/foundation/result.h"
#include "libs/http/message.h"

namespace watchglass::http {

using Handler = std::function<Response(const Request&)>;

/// Which handler answers what. Build it whole, then hand it to a Server; not changed afterwards.
///
///     router.add("GET", "/v1/devices/{device}", [&](const Request& r) { return show_device(r); });
///
/// A fixed segment wins over a placeholder. HEAD is answered by the handler of GET. Unknown paths get 404,
/// known paths with another method 405 with Allow, both as problem documents.
class Router {
public:
    Router();
    ~Router();
    Router(Router&&) noexcept;
    Router& add(std::string method, std::string pattern, Handler handler);
    [[nodiscard]] Response answer(Request& request) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

struct UnixSocketAddress {
    std::filesystem::path path{};  ///< created with mode 0660; a stale one is replaced
};
struct LoopbackAddress {
    std::uint16_t port = 0;  ///< 0: any free one, see Server::port()
};

struct ServerSettings {
    std::variant<UnixSocketAddress, LoopbackAddress> address{};
    std::size_t workers = 4;               ///< threads that run handlers; handlers may block
    std::size_t body_limit = 1u << 20;     ///< bytes; beyond: 413
    std::size_t header_limit = 32u << 10;  ///< bytes; beyond: 431. A client certificate travels in a header
    /// For a head to arrive, and for each next piece of a body or an answer to move.
    std::chrono::seconds idle_timeout{60};
    std::size_t event_capacity = 4096;  ///< events that may wait for one slow client
    bool behind_front_door = true;      ///< false: x-client-cert and its like are ignored
};

/// HTTP/1.1 on a Unix socket or loopback. Slow clients cost memory, never a thread.
/// A handler that throws gives 500 and a log line; the server goes on.
class Server {
public:
    Server(ServerSettings settings, Router router, metrics::Registry& metrics);
    ~Server();  ///< stops
    Result<void> start();
    void stop();  ///< closes event streams, finishes requests under way (up to 5 s). Idempotent.
    [[nodiscard]] std::uint16_t port() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Adds GET /healthz, /readyz and /metrics. `ready` says why not, or nothing when it is.
void add_service_routes(Router& router, const metrics::Registry& metrics,
                        std::function<Result<void>()> ready);

}  // namespace watchglass::http

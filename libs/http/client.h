// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "libs/foundation/result.h"
#include "libs/json/json.h"
#include "libs/security/connection_policy.h"

/// HTTP calls through libcurl (client.cpp is the only file that knows).
namespace watchglass::http {

namespace codes {
inline constexpr Code not_reachable{"http.not_reachable", "The server could not be reached.",
                                    "Check name, port, proxy and firewall; nothing but this one port is needed."};
inline constexpr Code not_trusted{"http.not_trusted", "The server's certificate is not the expected one.",
                                  "If traffic is inspected on the way, exempt this host from inspection."};
inline constexpr Code proxy_refused{"http.proxy_refused", "The proxy refused to connect.",
                                    "Check the proxy's user, password and rules."};
}  // namespace codes

struct ClientRequest {
    std::string method = "GET";
    std::string target;  ///< path and query, encoded
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::chrono::milliseconds timeout{30'000};
};
struct ClientResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    [[nodiscard]] std::string header(std::string_view lower_case_name) const;
};

/// One peer, connections reused. One thread at a time.
class Client {
public:
    explicit Client(security::ConnectionPolicy policy);              ///< HTTPS
    explicit Client(std::filesystem::path unix_socket);              ///< plain HTTP between our own services
    ~Client();
    Client(Client&&) noexcept;

    /// Any status is a response; a Failure means there is none.
    Result<ClientResponse> send(const ClientRequest& request);

    /// JSON in and out. A problem document (status >= 400) comes back as a Failure carrying the server's code, sentence
    /// (in detail) and next step; `status` tells it apart when wanted.
    Result<json::Value> call(const std::string& method, const std::string& target,
                             const std::optional<json::Value>& body = std::nullopt, int* status = nullptr);

    /// Server-sent events until `on_event` returns false, the stream ends, or the link breaks.
    Result<void> listen(const std::string& target,
                        const std::function<bool(std::string_view event, std::string_view data)>& on_event);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// RFC 3986 percent-encoding of everything outside unreserved.
std::string percent_encode(std::string_view text);

}  // namespace watchglass::http

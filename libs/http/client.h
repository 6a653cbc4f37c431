// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/foundation/result.h"
#include "libs/http/codes.h"
#include "libs/http/target.h"
#include "libs/json/json.h"
#include "libs/security/connection_policy.h"

/// HTTP calls through libcurl (client.cpp is the only file that knows).
namespace watchglass::http {

struct ClientRequest {
    std::string method = "GET";
    std::string target{};  ///< path and query, encoded
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::chrono::milliseconds timeout{30'000};  ///< for all of it, from connecting to the last byte
    std::size_t body_limit = 64u << 20;         ///< bytes of the answer; beyond: http.unexpected_answer
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
    explicit Client(security::ConnectionPolicy policy);  ///< HTTPS
    explicit Client(std::filesystem::path unix_socket);  ///< plain HTTP between our own services
    ~Client();
    Client(Client&&) noexcept;

    /// Any status is a response; a Failure means there is none: http.not_reachable, http.not_trusted,
    /// http.proxy_refused, http.identity_unusable, http.identity_refused, http.unexpected_answer or
    /// foundation.timed_out.
    Result<ClientResponse> send(const ClientRequest& request);

    /// JSON in and out; an empty answer is null. A problem document (status >= 400) comes back as a Failure
    /// carrying the server's code, sentence (in detail) and next step; `status` tells it apart when wanted.
    Result<json::Value> call(const std::string& method, const std::string& target,
                             const std::optional<json::Value>& body = std::nullopt, int* status = nullptr);

    /// Server-sent events until `on_event` returns false or the stream ends (both fine), or the link breaks,
    /// also by silence: the server sends a comment every 15 s, and 60 s without a byte count as broken.
    Result<void> listen(const std::string& target,
                        const std::function<bool(std::string_view event, std::string_view data)>& on_event);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::http

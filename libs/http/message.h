// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/foundation/failure.h"
#include "libs/json/json.h"

namespace watchglass::http {

/// Who stands behind a request, as the front door verified it (x-client-cert, x-client-verify, x-real-ip).
struct Peer {
    std::string certificate_der;  ///< empty: none was shown
    /// OpenSSL's verification result of that certificate: 0 good, 10 expired (let through for renewal only).
    /// Anything but 0 means: not verified. Meaningless without a certificate.
    int verify_result = 0;
    std::string address;
};

struct Request {
    std::string method;  ///< "GET"
    std::string
        path;  ///< percent-decoded, without the query; "." and ".." segments and NUL are refused before
    std::vector<std::pair<std::string, std::string>> query;    ///< decoded (`+` is a space), in order
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    Peer peer;
    std::string request_id;                          ///< of the client (x-request-id) or made here
    std::string route;                               ///< the pattern that matched: "/v1/devices/{device}"
    std::map<std::string, std::string> path_values;  ///< `{device}` of the route

    [[nodiscard]] std::string header(std::string_view lower_case_name) const;  ///< empty: absent
    [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;
};

/// Sends server-sent events (WHATWG HTML, section 9.2) to one client. Thread-safe; outlives the handler.
class EventStream {
public:
    virtual ~EventStream() = default;
    /// False once the client is gone, or when it is so slow that `capacity` events wait (the stream is closed
    /// then).
    virtual bool send(std::string_view event, std::string_view data, std::string_view id = {}) = 0;
    [[nodiscard]] virtual bool open() const = 0;
    virtual void close() = 0;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// Set for a stream of events: called once, when the head has been sent, on a worker thread; must return
    /// soon and keep the stream to send on it.
    std::function<void(std::shared_ptr<EventStream>)> events;
};

Response ok(const json::Value& body);
Response created(const json::Value& body, std::string location);
Response no_content();
Response text(int status, std::string_view content_type, std::string body);
/// RFC 9457 problem document: type (a URN of the code), title, status, detail, code, next_step; the server
/// adds request_id. The failure's cause stays here.
Response problem(int status, const Failure& failure);
/// The same with the status that follows from the code (table in problem.cpp) or else from `next`: 400
/// give_up, 503 retry_later, 500 tell_operator.
Response problem(const Failure& failure);
Response event_stream(std::function<void(std::shared_ptr<EventStream>)> on_open);

}  // namespace watchglass::http

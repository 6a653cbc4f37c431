// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "libs/foundation/metrics.h"
#include "libs/http/event_queue.h"
#include "libs/http/problem.h"
#include "libs/http/server.h"

// Only for connection.cpp and server.cpp, the two files that compile the HTTP library (a minute each).
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace watchglass::http {

namespace asio = boost::asio;
namespace beast = boost::beast;

using Socket = asio::generic::stream_protocol::socket;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;

/// What the connections of one server share. Outlives them.
struct ConnectionContext {
    const ServerSettings& settings;
    const Router& router;
    asio::thread_pool& workers;
    metrics::Registry& metrics;
    bool stopping = false;  ///< only on the I/O thread
};

/// One client: reads requests one after another and answers them. Everything here runs on the I/O thread;
/// only the router's handlers run on a worker.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(ConnectionContext& context, Socket socket);
    ~Connection();

    /// Ends when the connection does. Keep the object alive until then.
    asio::awaitable<void> run();

    /// No further request: an idle connection is closed, a stream of events is ended, a request under way is
    /// answered.
    void finish();
    /// Closed at once, whatever is under way.
    void cut();

private:
    using Parser = beast::http::request_parser<beast::http::string_body>;
    enum class Read { complete, refused, gone };

    asio::awaitable<Read> read_request(Parser& parser, Request& request);
    asio::awaitable<Read> read_body(Parser& parser, Request& request);
    asio::awaitable<Read> refuse(int status, const Code& code, std::string detail);
    asio::awaitable<Read> refuse_body();
    asio::awaitable<bool> write_response(const Request& request, const Response& response, bool keep_alive);
    asio::awaitable<void> write_events(const Request& request, const Response& response);
    asio::awaitable<bool> write_waiting_events(EventQueue& queue);
    asio::awaitable<void> notice_departure();
    asio::awaitable<void> drain();
    void note(const Request& request, int status, std::chrono::steady_clock::time_point begun);

    ConnectionContext& context_;
    Stream stream_;
    beast::flat_buffer buffer_;
    asio::steady_timer
        events_wait_;  ///< expires for the next comment; cancelled when there is something to write
    std::shared_ptr<EventQueue> events_;
    bool idle_ = true;  ///< between two requests
};

}  // namespace watchglass::http

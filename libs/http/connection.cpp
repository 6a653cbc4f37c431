// SPDX-License-Identifier: Apache-2.0
#include "libs/http/connection.h"

#include <array>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "libs/foundation/log.h"
#include "libs/http/codes.h"
#include "libs/http/incoming.h"

namespace watchglass::http {
namespace {

using asio::awaitable;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using ResponseMessage = beast::http::response<beast::http::string_body>;

constexpr std::chrono::seconds comment_interval{15};
constexpr std::size_t piece_size = 64u << 10;

/// A header's value goes out only if it cannot begin another header.
bool is_one_line(std::string_view value) {
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
    }
    return true;
}

ResponseMessage message_of(const Request& request, const Response& response, bool keep_alive) {
    ResponseMessage message;
    message.version(11);
    message.result(static_cast<unsigned>(response.status));
    message.set("X-Request-Id", request.request_id);
    message.set("X-Content-Type-Options", "nosniff");
    message.set("Cache-Control", "no-store");
    for (const auto& [name, value] : response.headers) {
        if (is_one_line(name) && is_one_line(value)) message.set(name, value);
    }
    message.keep_alive(keep_alive);
    return message;
}

IncomingHead head_of(const beast::http::request<beast::http::string_body>& message) {
    IncomingHead head;
    head.method = message.method_string();
    head.target = message.target();
    head.host_required = message.version() >= 11;
    for (const auto& field : message) {
        std::string name = field.name_string();
        for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        head.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    return head;
}

/// What arrived is not HTTP; any other error means that the client or the link is gone.
bool is_malformed(const error_code& failure) {
    using beast::http::error;
    return failure.category() == beast::http::make_error_code(error::bad_method).category() &&
           failure != error::end_of_stream && failure != error::partial_message;
}

awaitable<Response> answer_on_worker(const Router& router, Request& request) {
    co_return router.answer(request);
}

awaitable<void> open_on_worker(const Response& response, std::shared_ptr<EventStream> stream) {
    try {
        response.events(std::move(stream));
    } catch (const std::exception& thrown) {
        log::error("http.handler_failed", "A stream's handler threw.", {{"cause", thrown.what()}});
    }
    co_return;
}

}  // namespace

Connection::Connection(ConnectionContext& context, Socket socket)
    : context_(context),
      stream_(std::move(socket)),
      buffer_(context.settings.header_limit + piece_size),
      events_wait_(stream_.get_executor()) {}

Connection::~Connection() {
    if (events_) events_->detach();
}

void Connection::finish() {
    if (idle_) cut();
    if (events_) events_->close();
}

void Connection::cut() { stream_.close(); }

awaitable<void> Connection::run() {
    while (!context_.stopping) {
        // A parser serves one request; nothing that refers into it may outlive this round.
        Parser parser;
        Request request;
        const auto read = co_await read_request(parser, request);
        if (read == Read::gone) co_return;
        if (read == Read::refused) co_return co_await drain();

        const auto begun = std::chrono::steady_clock::now();
        Response response = co_await asio::co_spawn(
            context_.workers, answer_on_worker(context_.router, request), use_awaitable);
        add_request_id(response, request.request_id);
        note(request, response.status, begun);
        if (response.events && request.method != "HEAD") co_return co_await write_events(request, response);
        const bool keep_alive = parser.get().keep_alive() && !context_.stopping;
        if (!co_await write_response(request, response, keep_alive)) co_return;
        if (!keep_alive) co_return co_await drain();
    }
}

awaitable<Connection::Read> Connection::read_request(Parser& parser, Request& request) {
    parser.header_limit(static_cast<std::uint32_t>(context_.settings.header_limit));
    parser.body_limit(context_.settings.body_limit);
    stream_.expires_after(context_.settings.idle_timeout);
    error_code error;
    idle_ = true;
    co_await beast::http::async_read_header(stream_, buffer_, parser, redirect_error(use_awaitable, error));
    idle_ = false;
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
        co_return co_await refuse(431, codes::head_too_large, {});
    }
    if (error == beast::http::error::body_limit) co_return co_await refuse_body();
    if (error && !is_malformed(error)) co_return Read::gone;
    if (error) co_return co_await refuse(400, codes::malformed_request, error.message());

    auto head = read_head(head_of(parser.get()), context_.settings.behind_front_door);
    if (!head) co_return co_await refuse(400, head.error().code, head.error().detail);
    request = std::move(*head);
    co_return co_await read_body(parser, request);
}

/// Every piece that arrives gives the client more time: a slow one costs its connection's memory and nothing
/// else.
awaitable<Connection::Read> Connection::read_body(Parser& parser, Request& request) {
    error_code error;
    if (!parser.is_done() && beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
        constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(stream_, asio::buffer(go_on), redirect_error(use_awaitable, error));
    }
    while (!error && !parser.is_done()) {
        stream_.expires_after(context_.settings.idle_timeout);
        co_await beast::http::async_read_some(stream_, buffer_, parser, redirect_error(use_awaitable, error));
    }
    if (error == beast::http::error::body_limit) co_return co_await refuse_body();
    if (error && is_malformed(error))
        co_return co_await refuse(400, codes::malformed_request, error.message());
    if (error) co_return Read::gone;
    request.body = std::move(parser.get().body());
    co_return Read::complete;
}

/// An answer given before any handler was asked; the connection is closed after it.
awaitable<Connection::Read> Connection::refuse(int status, const Code& code, std::string detail) {
    Request unread;
    unread.request_id = request_id_from({});
    Response response = problem(status, Failure{code, Next::give_up, std::move(detail), {}});
    add_request_id(response, unread.request_id);
    note(unread, status, std::chrono::steady_clock::now());
    co_return co_await write_response(unread, response, false) ? Read::refused : Read::gone;
}

awaitable<Connection::Read> Connection::refuse_body() {
    return refuse(413, codes::body_too_large, fmt::format("At most {} bytes.", context_.settings.body_limit));
}

awaitable<bool> Connection::write_response(const Request& request, const Response& response,
                                           bool keep_alive) {
    ResponseMessage message = message_of(request, response, keep_alive);
    // A status that cannot have a body (RFC 9110 section 8.6) goes without a length, too.
    if (response.status != 204 && response.status != 304) message.content_length(response.body.size());
    if (request.method != "HEAD") message.body() = response.body;
    beast::http::response_serializer<beast::http::string_body> serializer{message};
    error_code error;
    while (!error && !serializer.is_done()) {
        stream_.expires_after(context_.settings.idle_timeout);
        co_await beast::http::async_write_some(stream_, serializer, redirect_error(use_awaitable, error));
    }
    co_return !error;
}

awaitable<void> Connection::write_events(const Request& request, const Response& response) {
    ResponseMessage message =
        message_of(request, response, false);  // the end of the stream is the end of the link
    beast::http::response_serializer<beast::http::string_body> serializer{message};
    error_code error;
    stream_.expires_after(context_.settings.idle_timeout);
    co_await beast::http::async_write_header(stream_, serializer, redirect_error(use_awaitable, error));
    if (error) co_return;

    // Woken from any thread; the timer belongs to this one.
    auto wake = [weak = weak_from_this(), executor = stream_.get_executor()] {
        asio::post(executor, [weak] {
            if (const auto self = weak.lock()) self->events_wait_.cancel();
        });
    };
    events_ = std::make_shared<EventQueue>(context_.settings.event_capacity, std::move(wake));
    auto& gauge = context_.metrics.gauge("watchglass_http_event_streams", "Streams of events that are open.");
    gauge.add(1);
    // First, while no time-out is set: a client may stay silent as long as it likes.
    stream_.expires_never();
    asio::co_spawn(stream_.get_executor(), notice_departure(), asio::detached);
    co_await asio::co_spawn(context_.workers, open_on_worker(response, events_), use_awaitable);
    if (context_.stopping) events_->close();
    while (co_await write_waiting_events(*events_)) {
    }
    gauge.add(-1);
    events_->detach();
    error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_both, ignored);
    cut();
}

/// Writes what waits, or a comment when nothing came for a while. False when the stream is over.
awaitable<bool> Connection::write_waiting_events(EventQueue& queue) {
    error_code error;
    std::string piece = queue.next_piece();
    if (piece.empty()) {
        if (queue.finished()) co_return false;
        events_wait_.expires_after(comment_interval);
        // Sent between next_piece() and here: its wake-up is still queued on this thread, and cancels this
        // wait.
        co_await events_wait_.async_wait(redirect_error(use_awaitable, error));
        if (error == asio::error::operation_aborted) co_return true;
        piece = ":\n\n";
    }
    std::string_view rest = piece;
    error.clear();
    while (!error && !rest.empty()) {
        stream_.expires_after(context_.settings.idle_timeout);
        const auto written =
            co_await stream_.async_write_some(asio::buffer(rest), redirect_error(use_awaitable, error));
        rest.remove_prefix(written);
    }
    co_return !error;
}

/// A client that listens to events sends nothing more, so reading ends when it goes.
awaitable<void> Connection::notice_departure() {
    const auto self = shared_from_this();
    std::array<char, 512> unwanted{};
    error_code error;
    while (!error)
        co_await stream_.async_read_some(asio::buffer(unwanted), redirect_error(use_awaitable, error));
    if (events_) events_->close();
}

/// Closing while unread bytes wait would reset the link, and the client might never see our answer.
awaitable<void> Connection::drain() {
    constexpr std::chrono::seconds patience{2};
    constexpr std::size_t most = 16u << 20;
    error_code error;
    stream_.socket().shutdown(Socket::shutdown_send, error);
    std::string unwanted(piece_size, '\0');
    stream_.expires_after(patience);
    std::size_t total = 0;
    while (!error && total < most) {
        total +=
            co_await stream_.async_read_some(asio::buffer(unwanted), redirect_error(use_awaitable, error));
    }
    cut();
}

void Connection::note(const Request& request, int status, std::chrono::steady_clock::time_point begun) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const std::string route = request.route.empty() ? "none" : request.route;
    context_.metrics
        .counter("watchglass_http_requests_total", "Requests answered.",
                 {{"route", route}, {"status", std::to_string(status)}})
        .add();
    context_.metrics
        .histogram("watchglass_http_request_seconds", "Time that handlers took.",
                   {0.001, 0.005, 0.02, 0.1, 0.5, 2, 10}, {{"route", route}})
        .observe(took.count());
    // Whoever asks for readiness expects "not yet", again and again.
    const bool probe = request.path == "/readyz" || request.path == "/healthz";
    log::write(status >= 500 && !probe ? log::Level::warning : log::Level::debug, "http.answered",
               "A request was answered.",
               {{"method", request.method},
                {"path", request.path},
                {"status", status},
                {"seconds", took.count()},
                {"request_id", request.request_id}});
}

}  // namespace watchglass::http

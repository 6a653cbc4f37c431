// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "libs/http/server.h"
#include "test/support/captured_log.h"

using namespace watchglass;
using namespace watchglass::http;

namespace {

Request request(std::string method, std::string path) {
    Request r;
    r.method = std::move(method);
    r.path = std::move(path);
    r.request_id = "r-1";
    return r;
}

Handler says(std::string word) {
    return [word](const Request&) { return text(200, "text/plain", word); };
}

std::string header(const Response& response, std::string_view wanted) {
    for (const auto& [name, value] : response.headers) {
        if (name == wanted) return value;
    }
    return {};
}

}  // namespace

TEST_CASE("a request reaches the handler of its path and method, with the path's values", "[http][router]") {
    Router router;
    router.add("GET", "/v1/devices", says("list"));
    router.add("POST", "/v1/devices", says("new"));
    router.add("GET", "/v1/devices/{device}/tickets/{n}", [](const Request& r) {
        return text(200, "text/plain",
                    r.path_values.at("device") + "/" + r.path_values.at("n") + " " + r.route);
    });

    auto list = request("GET", "/v1/devices");
    CHECK(router.answer(list).body == "list");
    auto create = request("POST", "/v1/devices");
    CHECK(router.answer(create).body == "new");
    auto ticket = request("GET", "/v1/devices/abc/tickets/7");
    CHECK(router.answer(ticket).body == "abc/7 /v1/devices/{device}/tickets/{n}");
}

TEST_CASE("a fixed segment wins over a placeholder, in whatever order they were added", "[http][router]") {
    Router router;
    router.add("GET", "/v1/devices/{device}", says("one"));
    router.add("GET", "/v1/devices/export", says("export"));
    auto fixed = request("GET", "/v1/devices/export");
    CHECK(router.answer(fixed).body == "export");
    auto any = request("GET", "/v1/devices/other");
    CHECK(router.answer(any).body == "one");
}

TEST_CASE("an unknown path is 404 and another method 405 with what is allowed", "[http][router]") {
    Router router;
    router.add("GET", "/a/{x}", says("get"));
    router.add("DELETE", "/a/{x}", says("delete"));

    for (const auto* path : {"/", "/a", "/a/", "/a/b/c", "/b/c"}) {
        INFO(path);
        auto r = request("GET", path);
        const auto response = router.answer(r);
        CHECK(response.status == 404);
        CHECK(response.body.find("\"code\":\"http.no_such_path\"") != std::string::npos);
    }
    auto post = request("POST", "/a/b");
    const auto refused = router.answer(post);
    CHECK(refused.status == 405);
    CHECK(header(refused, "Allow") == "GET, DELETE");
    auto head = request("HEAD", "/a/b");
    CHECK(router.answer(head).body == "get");
}

TEST_CASE("a handler that throws costs one answer and leaves a log line", "[http][router]") {
    const test::CapturedLog log;
    Router router;
    router.add("GET", "/boom",
               [](const Request&) -> Response { throw std::runtime_error("secret particulars"); });
    auto boom = request("GET", "/boom");
    const auto response = router.answer(boom);
    CHECK(response.status == 500);
    CHECK(response.body.find("http.handler_failed") != std::string::npos);
    CHECK(response.body.find("secret particulars") == std::string::npos);
    CHECK(log.contains("secret particulars"));
}

TEST_CASE("every service says whether it lives, is ready, and what it counts", "[http][router]") {
    metrics::Registry metrics;
    metrics.counter("watchglass_things_total", "Things.").add(3);
    Result<void> state =
        failed(Failure{watchglass::codes::unavailable, Next::retry_later, "The database is away.", "host x"});
    Router router;
    add_service_routes(router, metrics, [&] { return state; });

    auto healthy = request("GET", "/healthz");
    CHECK(router.answer(healthy).status == 200);
    auto not_yet = request("GET", "/readyz");
    const auto waiting = router.answer(not_yet);
    CHECK(waiting.status == 503);
    CHECK(waiting.body.find("The database is away.") != std::string::npos);
    CHECK(waiting.body.find("host x") == std::string::npos);
    state = {};
    auto now = request("GET", "/readyz");
    CHECK(router.answer(now).status == 200);
    auto counts = request("GET", "/metrics");
    CHECK(router.answer(counts).body.find("watchglass_things_total 3\n") != std::string::npos);
}

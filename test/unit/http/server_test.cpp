// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include <sys/stat.h>

#include "test/support/captured_log.h"
#include "test/unit/http/running_server.h"

using namespace watchglass;
using namespace watchglass::http;
using test::RunningServer;

namespace {

Router echo() {
    Router router;
    router.add("POST", "/echo/{name}", [](const Request& r) {
        return ok(json::Value::object({{"name", r.path_values.at("name")},
                                       {"query", r.query_value("q").value_or("-")},
                                       {"body", r.body},
                                       {"peer", r.peer.address}}));
    });
    router.add("GET", "/large",
               [](const Request&) { return text(200, "text/plain", std::string(3u << 20, 'x')); });
    router.add("DELETE", "/thing", [](const Request&) { return no_content(); });
    router.add("GET", "/teapot", [](const Request&) {
        return problem(418, Failure{http::codes::refused, Next::give_up, "It is a teapot.", {}});
    });
    return router;
}

}  // namespace

TEST_CASE("a request goes through the socket to its handler and back", "[http][server]") {
    RunningServer running{echo()};
    auto client = running.client();
    ClientRequest request{.method = "POST",
                          .target = "/echo/a%20b?q=c%26d",
                          .headers = {{"X-Real-IP", "192.0.2.1"}},
                          .body = "hello"};
    for (int i = 0; i < 3; ++i) {  // the same connection, again and again
        const auto response = client.send(request);
        REQUIRE(response);
        CHECK(response->status == 200);
        CHECK(response->header("content-type") == "application/json");
        CHECK(response->header("x-request-id").size() == 16);
        CHECK(response->body == R"({"name":"a b","query":"c&d","body":"hello","peer":"192.0.2.1"})");
    }
    CHECK(running.metrics.exposition().find(
              R"(watchglass_http_requests_total{route="/echo/{name}",status="200"} 3)") != std::string::npos);
}

TEST_CASE("large answers arrive whole, and HEAD and DELETE without a body", "[http][server]") {
    RunningServer running{echo()};
    auto client = running.client();
    const auto large = client.send({.target = "/large"});
    REQUIRE(large);
    CHECK(large->body.size() == 3u << 20);
    const auto head = client.send({.method = "HEAD", .target = "/large"});
    REQUIRE(head);
    CHECK(head->header("content-length") == std::to_string(3u << 20));
    CHECK(head->body.empty());
    const auto gone = client.send({.method = "DELETE", .target = "/thing"});
    REQUIRE(gone);
    CHECK(gone->status == 204);
}

TEST_CASE("a problem carries the id of its request", "[http][server]") {
    RunningServer running{echo()};
    auto client = running.client();
    const auto response = client.send({.target = "/teapot", .headers = {{"X-Request-Id", "mine-7"}}});
    REQUIRE(response);
    CHECK(response->header("content-type") == "application/problem+json");
    CHECK(response->header("x-request-id") == "mine-7");
    CHECK(*json::parse(response->body)->text("request_id") == "mine-7");
}

TEST_CASE("a handler cannot smuggle a header through a value", "[http][server]") {
    Router router;
    router.add("GET", "/", [](const Request&) { return created(json::Value{}, "/a\r\nX-Evil: 1"); });
    RunningServer running{std::move(router)};
    const auto response = running.client().send({.target = "/"});
    REQUIRE(response);
    CHECK(response->status == 201);
    CHECK(response->header("x-evil").empty());
}

TEST_CASE("requests of many clients are answered while some handlers block", "[http][server]") {
    std::atomic<bool> release{false};
    Router router = echo();
    router.add("GET", "/block", [&](const Request&) {
        return text(test::eventually([&] { return release.load(); }) ? 200 : 500, "text/plain", "");
    });
    ServerSettings settings;
    settings.workers = 2;
    RunningServer running{std::move(router), settings};
    int blocked_status = 0;
    std::thread blocked{[&] {
        const auto response = running.client().send({.target = "/block"});
        if (response) blocked_status = response->status;
    }};
    auto slow = running.link();  // a head that never ends occupies nobody
    slow.say("GET /teapot HTTP/1.1\r\nHost:");
    CHECK(running.client().send({.target = "/teapot"})->status == 418);
    release = true;
    blocked.join();
    CHECK(blocked_status == 200);
}

TEST_CASE("stopping answers the request under way and leaves no socket behind", "[http][server]") {
    std::atomic<bool> entered{false};
    std::atomic<bool> stopping{false};
    Router router;
    router.add("GET", "/slow", [&](const Request&) {
        entered = true;
        test::eventually([&] { return stopping.load(); });
        return text(200, "text/plain", "done");
    });
    RunningServer running{std::move(router)};
    auto idle = running.link();
    std::string body;
    std::thread asking{[&] {
        const auto response = running.client().send({.target = "/slow"});
        if (response) body = response->body;
    }};
    REQUIRE(test::eventually([&] { return entered.load(); }));
    std::thread stop{[&] { running.server().stop(); }};
    CHECK(idle.hear_all().empty());  // an idle client is let go at once
    stopping = true;
    asking.join();
    stop.join();
    CHECK(body == "done");
    CHECK_FALSE(std::filesystem::exists(running.socket()));
}

TEST_CASE("a dead socket is replaced, a living one is not taken over", "[http][server]") {
    RunningServer running{echo()};
    struct stat status {};
    REQUIRE(::stat(running.socket().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0660);

    metrics::Registry metrics;
    Server second{ServerSettings{.address = UnixSocketAddress{running.socket()}}, echo(), metrics};
    const auto started = second.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().code.name == "http.cannot_listen");
    CHECK(running.client().send({.target = "/teapot"}));

    const auto left_behind = running.socket().parent_path() / "old.sock";
    std::filesystem::rename(running.socket(), left_behind);
    running.server().stop();  // nobody serves at the renamed socket now
    Server third{ServerSettings{.address = UnixSocketAddress{left_behind}}, echo(), metrics};
    CHECK(third.start());
    CHECK(Client{left_behind}.send({.target = "/teapot"}));
}

TEST_CASE("a server on loopback says which port it got", "[http][server]") {
    metrics::Registry metrics;
    Server server{ServerSettings{.address = LoopbackAddress{}}, echo(), metrics};
    REQUIRE(server.start());
    CHECK(server.port() != 0);
    Server second{ServerSettings{.address = LoopbackAddress{server.port()}}, echo(), metrics};
    CHECK_FALSE(second.start());
}

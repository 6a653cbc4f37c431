// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include "test/unit/http/running_server.h"

using namespace watchglass;
using namespace watchglass::http;
using test::RunningServer;

namespace {

constexpr Code spent{"enroll.ticket_spent", "This ticket was already used.", "Ask for a new one."};

Router api() {
    Router router;
    router.add("POST", "/double", [](const Request& r) {
        const auto body = json::parse(r.body);
        if (!body) return problem(body.error());
        const auto n = body->integer("n");
        if (!n) return problem(n.error());
        return ok(json::Value::object({{"n", *n * 2}}));
    });
    router.add("POST", "/spent", [](const Request&) {
        return problem(409, Failure{spent, Next::give_up, "By X.", {}});
    });
    router.add("GET", "/busy", [](const Request&) {
        return problem(503, Failure{spent, Next::retry_later, {}, {}});
    });
    router.add("GET", "/html", [](const Request&) { return text(200, "text/html", "<p>"); });
    router.add("DELETE", "/thing", [](const Request&) { return no_content(); });
    return router;
}

security::ConnectionPolicy policy_to(std::uint16_t port) {
    security::ConnectionPolicy policy;
    policy.host = "127.0.0.1";
    policy.port = port;
    policy.trust = security::RootPin{std::vector<std::uint8_t>(32, 0)};
    return policy;
}

}  // namespace

TEST_CASE("a call speaks JSON both ways", "[http][client]") {
    RunningServer running{api()};
    auto client = running.client();
    int status = 0;
    const auto answer = client.call("POST", "/double", json::Value::object({{"n", 21}}), &status);
    REQUIRE(answer);
    CHECK(*answer->integer("n") == 42);
    CHECK(status == 200);
    CHECK(client.call("DELETE", "/thing")->is_null());
}

TEST_CASE("a problem comes back with the server's own code", "[http][client]") {
    RunningServer running{api()};
    auto client = running.client();
    int status = 0;
    const auto answer = client.call("POST", "/spent", json::Value{}, &status);
    REQUIRE_FALSE(answer);
    CHECK(status == 409);
    CHECK(answer.error().code == spent);
    CHECK(answer.error().next == Next::give_up);
    CHECK(answer.error().message() == "This ticket was already used. By X. Ask for a new one.");
    CHECK(client.call("GET", "/busy").error().next == Next::retry_later);
    const auto wrong = client.call("POST", "/double", json::Value::object({{"n", "x"}}));
    CHECK(wrong.error().code.name == "json.unexpected");
    CHECK(client.call("GET", "/html").error().code.name == "http.unexpected_answer");
}

TEST_CASE("an answer larger than wanted is not taken", "[http][client]") {
    RunningServer running{api()};
    const auto answer = running.client().send({.target = "/html", .body_limit = 2});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code.name == "http.unexpected_answer");
}

TEST_CASE("nobody at the address is not reachable", "[http][client]") {
    const test::TemporaryDirectory directory;
    const auto nobody = Client{directory / "nobody.sock"}.send({.target = "/"});
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().code.name == "http.not_reachable");
    CHECK(nobody.error().next == Next::retry_later);
}

TEST_CASE("a server that never answers is a time-out", "[http][client]") {
    Router router;
    std::atomic<bool> asked{false};
    std::atomic<bool> release{false};
    router.add("GET", "/", [&](const Request&) {
        asked = true;
        test::eventually([&] { return release.load(); });
        return no_content();
    });
    RunningServer running{std::move(router)};
    const auto answer = running.client().send({.target = "/", .timeout = std::chrono::milliseconds{200}});
    release = true;
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code.name == "foundation.timed_out");
}

TEST_CASE("the proxy is asked for a tunnel with its user, and its refusal is told apart", "[http][client]") {
    test::ScriptedServer proxy{
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
        "realm=\"x\"\r\nContent-Length: "
        "0\r\n\r\n"};
    auto policy = policy_to(8443);
    policy.host = "platform.example";
    policy.proxy = security::HttpProxy{"127.0.0.1", proxy.port(), "user", "p:w"};
    const auto answer = Client{policy}.send({.target = "/"});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code.name == "http.proxy_refused");
    CHECK(answer.error().detail.find("407") != std::string::npos);
    CHECK(proxy.heard().substr(0, 44) == "CONNECT platform.example:8443 HTTP/1.1\r\nHost");
}

TEST_CASE("the environment's proxy is never used", "[http][client]") {
    test::ScriptedServer proxy{"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"};
    test::ScriptedServer peer{"not TLS at all"};
    const auto url = "http://127.0.0.1:" + std::to_string(proxy.port());
    ::setenv("https_proxy", url.c_str(), 1);
    ::setenv("ALL_PROXY", url.c_str(), 1);
    const auto answer =
        Client{policy_to(peer.port())}.send({.target = "/", .timeout = std::chrono::seconds{20}});
    ::unsetenv("https_proxy");
    ::unsetenv("ALL_PROXY");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code.name == "http.not_reachable");
    CHECK_FALSE(peer.heard().empty());  // a TLS hello arrived where the policy points
}

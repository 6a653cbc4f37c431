// SPDX-License-Identifier: Apache-2.0
#include "test/unit/http/running_server.h"

using namespace watchglass;
using namespace watchglass::http;
using test::RunningServer;

namespace {

Router counting() {
    Router router;
    router.add("POST", "/",
               [](const Request& r) { return text(200, "text/plain", std::to_string(r.body.size())); });
    router.add("GET", "/", [](const Request&) { return text(200, "text/plain", "here"); });
    return router;
}

ServerSettings small() {
    ServerSettings settings;
    settings.body_limit = 1000;
    settings.header_limit = 4096;
    return settings;
}

std::string post_of(std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

bool begins(std::string_view text, std::string_view with) { return text.substr(0, with.size()) == with; }

}  // namespace

TEST_CASE("a body up to the limit is taken, one byte more is 413", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto client = running.client();
    const auto fits = client.send({.method = "POST", .target = "/", .body = std::string(1000, 'x')});
    REQUIRE(fits);
    CHECK(fits->body == "1000");
    const auto beyond = client.send({.method = "POST", .target = "/", .body = std::string(1001, 'x')});
    REQUIRE(beyond);
    CHECK(beyond->status == 413);
    CHECK(*json::parse(beyond->body)->text("code") == "http.body_too_large");
}

TEST_CASE("a chunked body is held to the same limit", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto link = running.link();
    std::string request = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 3; ++i) request += "190\r\n" + std::string(400, 'x') + "\r\n";
    link.say(request + "0\r\n\r\n");
    CHECK(begins(link.hear_all(), "HTTP/1.1 413 "));
}

TEST_CASE("a client that goes on sending still hears why it was refused", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto link = running.link();
    link.say(post_of(300'000) + std::string(300'000, 'x'));
    CHECK(begins(link.hear_all(), "HTTP/1.1 413 "));
}

TEST_CASE("a head that is too large is 431", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto link = running.link();
    link.say("GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(5000, 'x') + "\r\n\r\n");
    const auto answer = link.hear_all();
    CHECK(begins(answer, "HTTP/1.1 431 "));
    CHECK(answer.find("http.head_too_large") != std::string::npos);
}

TEST_CASE("who asks before sending a body is told to go on, or why not", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto link = running.link();
    link.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    CHECK(begins(link.hear_until("\r\n\r\n"), "HTTP/1.1 100 "));
    link.say("abc");
    CHECK(begins(link.hear_until("\r\n\r\n"), "HTTP/1.1 200 "));

    auto refused = running.link();
    refused.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n\r\n");
    CHECK(begins(refused.hear_until("\r\n\r\n"), "HTTP/1.1 413 "));
}

TEST_CASE("what is not HTTP, or could be read two ways, is 400", "[http][limits]") {
    const std::string bad = GENERATE(
        as<std::string>{}, "hello\r\n\r\n", "GET /../x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    INFO(bad);
    RunningServer running{counting(), small()};
    auto link = running.link();
    link.say(bad);
    const auto answer = link.hear_all();
    CHECK(begins(answer, "HTTP/1.1 400 "));
    CHECK(answer.find("http.malformed_request") != std::string::npos);
}

TEST_CASE("requests sent at once are answered one after another", "[http][limits]") {
    RunningServer running{counting(), small()};
    auto link = running.link();
    link.say(post_of(2) + "ab" + post_of(0) + "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const auto answers = link.hear_all();
    const auto first = answers.find("\r\n\r\n2");
    const auto second = answers.find("\r\n\r\n0");
    CHECK(first != std::string::npos);
    CHECK(second > first);
    CHECK(answers.find("\r\n\r\nhere") > second);
}

TEST_CASE("a client that is silent in the middle of its head is let go", "[http][limits]") {
    ServerSettings settings = small();
    settings.idle_timeout = std::chrono::seconds{1};
    RunningServer running{counting(), settings};
    auto link = running.link();
    link.say("GET / HTTP/1.1\r\nHost: ");
    CHECK(link.hear_all().empty());
}

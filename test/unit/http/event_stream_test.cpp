// SPDX-License-Identifier: Apache-2.0
#include <mutex>
#include <thread>

#include "test/unit/http/running_server.h"

using namespace watchglass;
using namespace watchglass::http;
using test::eventually;
using test::RunningServer;

namespace {

/// Keeps the streams that a handler opened, as a live tail would.
class Tail {
public:
    Router router() {
        Router routes;
        routes.add("GET", "/tail", [this](const Request&) {
            return event_stream([this](std::shared_ptr<EventStream> stream) {
                const std::lock_guard lock(mutex_);
                streams_.push_back(std::move(stream));
            });
        });
        return routes;
    }
    std::shared_ptr<EventStream> wait_for_stream(std::size_t n = 0) {
        std::shared_ptr<EventStream> found;
        REQUIRE(eventually([&] {
            const std::lock_guard lock(mutex_);
            if (streams_.size() > n) found = streams_[n];
            return found != nullptr;
        }));
        return found;
    }

private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<EventStream>> streams_;
};

}  // namespace

TEST_CASE("events reach the listener in order, and it ends when it has enough", "[http][events]") {
    Tail tail;
    RunningServer running{tail.router()};
    std::vector<std::string> heard;
    Result<void> ended;
    std::thread listener{[&] {
        ended = running.client().listen("/tail", [&](std::string_view event, std::string_view data) {
            heard.push_back(std::string(event) + "=" + std::string(data));
            return heard.size() < 1000;
        });
    }};
    const auto stream = tail.wait_for_stream();
    for (int i = 0; i < 1000; ++i) CHECK(stream->send("change", std::to_string(i), {}));
    listener.join();
    CHECK(ended);
    REQUIRE(heard.size() == 1000);
    CHECK(heard.front() == "change=0");
    CHECK(heard.back() == "change=999");
    CHECK(eventually([&] { return !stream->open(); }));  // the server notices that nobody listens
    CHECK_FALSE(stream->send("change", "late", {}));
}

TEST_CASE("a stream closed by the server ends well for the listener, with all that was sent",
          "[http][events]") {
    Tail tail;
    RunningServer running{tail.router()};
    int heard = 0;
    Result<void> ended;
    std::thread listener{
        [&] { ended = running.client().listen("/tail", [&](auto, auto) { return ++heard > 0; }); }};
    const auto stream = tail.wait_for_stream();
    stream->send("a", "1", {});
    stream->send("a", "2", {});
    stream->close();
    listener.join();
    CHECK(ended);
    CHECK(heard == 2);
}

TEST_CASE("a listener that does not read is cut off, and others go on", "[http][events]") {
    Tail tail;
    ServerSettings settings;
    settings.event_capacity = 50;
    settings.idle_timeout = std::chrono::seconds{1};
    RunningServer running{tail.router(), settings};
    auto deaf = running.link();
    deaf.say("GET /tail HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto stuck = tail.wait_for_stream(0);
    auto other = running.link();
    other.say("GET /tail HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto healthy = tail.wait_for_stream(1);

    const std::string big(20'000, 'x');
    CHECK(eventually([&] { return !stuck->send("a", big, {}); }));
    CHECK(healthy->send("a", "still here", {}));
    CHECK(other.hear_until("still here").find("still here") != std::string::npos);
}

TEST_CASE("stopping the server ends every stream, and senders may go on calling", "[http][events]") {
    Tail tail;
    std::shared_ptr<EventStream> stream;
    {
        RunningServer running{tail.router()};
        Result<void> ended;
        std::thread listener{
            [&] { ended = running.client().listen("/tail", [](auto, auto) { return true; }); }};
        stream = tail.wait_for_stream();
        running.server().stop();
        listener.join();
        CHECK(ended);
    }
    CHECK_FALSE(stream->open());
    CHECK_FALSE(stream->send("a", "b", {}));
}

TEST_CASE("a tail that is refused says why", "[http][events]") {
    Router router;
    router.add("GET", "/tail", [](const Request&) {
        return problem(403, Failure{http::codes::refused, Next::give_up, "Not yours.", {}});
    });
    RunningServer running{std::move(router)};
    const auto ended = running.client().listen("/tail", [](auto, auto) { return true; });
    REQUIRE_FALSE(ended);
    CHECK(ended.error().detail == "Not yours.");
}

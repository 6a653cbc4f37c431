// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/log.h"

#include <thread>

#include <catch2/catch.hpp>

#include "libs/foundation/log_repeats.h"
#include "test/support/captured_log.h"

using namespace watchglass;
using namespace std::chrono_literals;

TEST_CASE("a line is one JSON object with its fields", "[foundation][log]") {
    const test::CapturedLog captured;
    log::info("area.event", "A sentence.", {{"text", "x"}, {"n", 7}, {"ratio", 0.5}, {"yes", true}});
    REQUIRE(captured.lines().size() == 1);
    const auto line = captured.lines()[0];
    CHECK(line.find("{\"ts\":\"20") == 0);
    CHECK(line.find(R"("level":"info","service":"test","event":"area.event","msg":"A sentence.",)"
                    R"("text":"x","n":7,"ratio":0.5,"yes":true})") != std::string::npos);
}

TEST_CASE("control characters and broken text never leave as they are", "[foundation][log]") {
    const test::CapturedLog captured;
    log::info("area.event", "a\x1b[31m\n\"\\", {{"k", "\xff\xc2\x9b\x7f"}});
    const auto line = captured.lines().at(0);
    CHECK(line.find(R"("msg":"a\u001b[31m\u000a\"\\","k":")"
                    "\xef\xbf\xbd"
                    R"(\u009b\u007f")") != std::string::npos);

    log::start("test", log::Level::info, log::Format::human);
    log::info("area.event", "a\x1b[31m\n");
    const auto human = captured.lines().at(1);
    CHECK(human.find('\x1b') == std::string::npos);
    CHECK(human.find('\n') == std::string::npos);
}

TEST_CASE("a failure is logged with its code and cause", "[foundation][log]") {
    const test::CapturedLog captured;
    log::failure(log::Level::error, "area.failed",
                 Failure{codes::io_error, Next::give_up, "Path x.", "errno 5"}, {{"n", 1}});
    CHECK(captured.contains(R"("n":1,"code":"foundation.io_error","detail":"Path x.","cause":"errno 5"})"));
}

TEST_CASE("lines below the least level are not written", "[foundation][log]") {
    const test::CapturedLog captured;
    log::start("test", log::Level::warning, log::Format::json);
    log::info("area.quiet", "Not written.");
    log::warning("area.loud", "Written.");
    CHECK(captured.lines().size() == 1);
}

TEST_CASE("an event repeated too often is held back and counted", "[foundation][log]") {
    log::Repeats repeats;
    SteadyTime now{1};
    int written = 0;
    for (int i = 0; i < 50; ++i) written += repeats.admit("flood", now) ? 1 : 0;
    CHECK(written == 20);
    CHECK(repeats.admit("other", now));
    now = now + 9s;
    CHECK_FALSE(repeats.admit("flood", now));
    CHECK(repeats.take_held_back(now).empty());
    now = now + 1s;
    const auto held = repeats.take_held_back(now);
    REQUIRE(held.size() == 1);
    CHECK(held[0].event == "flood");
    CHECK(held[0].lines == 31);
    CHECK(repeats.take_held_back(now).empty());
    CHECK(repeats.admit("flood", now));
}

TEST_CASE("threads do not mix their lines", "[foundation][log]") {
    const test::CapturedLog captured;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (int i = 0; i < 10; ++i) log::info("area.thread" + std::to_string(t), "Line.", {{"i", i}});
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(captured.lines().size() == 40);
}

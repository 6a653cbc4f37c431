// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/support/listening_sockets.h"
#include "test/support/occupied_port.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

bool exists(int pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

bool none_left(const std::map<std::string, int>& processes) {
    return std::none_of(processes.begin(), processes.end(), [](const auto& p) { return exists(p.second); });
}

}  // namespace

TEST_CASE("a stack serves, survives the death of its programs, and ends without a trace",
          "[end_to_end][launcher]") {
    RunningStack stack;

    SECTION("nothing but the one port can be reached from outside") {
        std::vector<std::uint16_t> reachable;
        for (const auto& [name, pid] : stack.description().processes) {
            for (const auto& socket : listening_sockets(pid)) {
                if (!socket.loopback_only) reachable.push_back(socket.port);
            }
        }
        CHECK(reachable == std::vector<std::uint16_t>{stack.description().port});
    }

    SECTION("what is killed is started again and serves") {
        for (const auto* name : {"consoled", "provisiond", "mosquitto", "postgres", "haproxy"}) {
            INFO(name);
            const int before = stack.pid_of(name);
            stack.kill(name, SIGKILL);
            CHECK(eventually(30s, [&] {
                const auto processes = cli::read_description(cli::StackLayout{stack.directory()})->processes;
                return processes.contains(name) && processes.at(name) != before;
            }));
            CHECK(eventually(30s, [&] { return stack.cli({"device", "list"}).status.success(); }));
        }
    }

    SECTION("Ctrl-C stops everything and leaves no process") {
        const auto processes = stack.description().processes;
        CHECK(stack.stop(SIGINT).code == 0);
        CHECK(none_left(processes));
        CHECK_FALSE(std::filesystem::exists(stack.directory() / "stack.json"));
    }

    SECTION("the launcher killed outright leaves no process either") {
        const auto processes = stack.description().processes;
        (void)stack.stop(SIGKILL);
        CHECK(eventually(20s, [&] { return none_left(processes); }));
    }

    SECTION("a second stack in the same directory is refused in words") {
        const auto second = stack.cli({"up", "--port", "0"});
        CHECK(second.status.code == 1);
        CHECK_THAT(second.err, Catch::Contains("stack.directory_in_use"));
    }

    SECTION("keys are readable by their owner alone") {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(stack.directory() / "pki")) {
            if (!entry.path().string().ends_with("key.pem") && !entry.path().string().ends_with(".key"))
                continue;
            INFO(entry.path());
            CHECK((std::filesystem::status(entry.path()).permissions() & std::filesystem::perms(077)) ==
                  std::filesystem::perms::none);
        }
    }
}

TEST_CASE("a port that is taken is named, with what to do", "[end_to_end][launcher]") {
    const TemporaryDirectory home;
    const OccupiedPort taken;
    SpawnOptions options;
    options.argv = {program("watchglass").string(), "up",     "--dir",
                    (home.path() / "s").string(),   "--port", std::to_string(taken.port())};
    const auto finished = run_program(std::move(options), 60s);
    REQUIRE(finished);
    CHECK(finished->status.code == 1);
    CHECK_THAT(finished->err, Catch::Contains("stack.port_taken") &&
                                  Catch::Contains(std::to_string(taken.port())) && Catch::Contains("--port"));
}

}  // namespace watchglass::test

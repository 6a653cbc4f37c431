// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/support/free_port.h"
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

TEST_CASE("a demonstration that comes back on another port sends again", "[end_to_end][launcher]") {
    const auto demo_runs = [](const RunningStack& stack) {
        const auto processes = cli::read_description(cli::StackLayout{stack.directory()})->processes;
        return processes.contains("demo-host") && processes.contains("demo-pump");
    };
    const auto sends = [](const RunningStack& stack) {
        const bool said = eventually(
            90s, [&] { return stack.words().find("Ctrl-C stops everything") != std::string::npos; });
        return said && stack.words().find("Two instruments are sending") != std::string::npos;
    };
    // Asked the moment the launcher says so: it must not say so before a reading is stored.
    const auto readings_of_each = [](const RunningStack& stack) {
        return stack.sql_number(
            "SELECT count(DISTINCT device_id) FROM watchglass.latest WHERE confirmed > now() - interval '1 "
            "minute'");
    };
    const auto devices = [](const RunningStack& stack) {
        return stack.sql("SELECT device_id FROM watchglass.devices ORDER BY 1");
    };
    RunningStack stack({"--demo", "--port", "0"});
    INFO(stack.words());
    REQUIRE(sends(stack));
    CHECK(readings_of_each(stack) == 2);
    CHECK(demo_runs(stack));
    const auto first_port = stack.description().port;
    const auto first_devices = devices(stack);
    REQUIRE(stack.stop(SIGINT).code == 0);

    stack.start({"--demo", "--port", std::to_string(free_port())});
    REQUIRE(stack.description().port != first_port);
    INFO(stack.words());
    CHECK(sends(stack));
    CHECK(readings_of_each(stack) == 2);
    CHECK(demo_runs(stack));
    CHECK(devices(stack) == first_devices);
    const auto second_port = stack.description().port;
    REQUIRE(stack.stop(SIGINT).code == 0);

    stack.start({});
    CHECK(stack.description().port == second_port);
}

TEST_CASE("a program that is not installed is named, with where it was expected", "[end_to_end][launcher]") {
    const TemporaryDirectory home;
    const auto lonely = home.path() / "watchglass";
    std::filesystem::copy_file(program("watchglass"), lonely);
    SpawnOptions options;
    options.argv = {lonely.string(), "up", "--port", "0", "--dir", (home.path() / "s").string()};
    const auto finished = run_program(std::move(options), 60s);
    REQUIRE(finished);
    CHECK(finished->status.code == 1);
    CHECK_THAT(finished->err,
               Catch::Contains("stack.program_missing") && Catch::Contains("watchglass-ingestd") &&
                   Catch::Contains("expected in " + home.path().string()) && Catch::Contains("next:"));
    CHECK_FALSE(std::filesystem::exists(home.path() / "s"));
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

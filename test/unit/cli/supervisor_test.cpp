// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/supervisor.h"

#include <thread>

#include <catch2/catch.hpp>
#include <signal.h>

#include "cli/stack/codes.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

namespace watchglass::cli {

using namespace std::chrono_literals;

namespace {

/// A stack's directory with nothing in it but what the supervisor needs, and programs made of shell.
struct Bench {
    test::TemporaryDirectory home;
    StackLayout layout{home.path()};
    Account account{::geteuid(), ::getegid(), "", false};
    std::atomic<bool> cancelled{false};

    Bench() {
        std::filesystem::create_directories(layout.run());
        std::filesystem::create_directories(layout.log());
    }

    [[nodiscard]] ProgramSpec shell(const std::string& name, const std::string& script) const {
        ProgramSpec spec;
        spec.name = name;
        spec.command = {"/bin/sh", "-c", script};
        spec.ready_within = 20s;
        spec.probe = [flag = home.path() / (name + ".ready")] { return std::filesystem::exists(flag); };
        return spec;
    }
};

bool exists(int pid) { return ::kill(pid, 0) == 0; }

}  // namespace

TEST_CASE("a program counts as started when it is ready, and is stopped in the end", "[cli][supervisor]") {
    Bench bench;
    Supervisor supervisor{bench.layout, bench.account};
    REQUIRE(supervisor.start(bench.shell("one", "touch one.ready; exec sleep 600"), bench.cancelled));
    const int pid = supervisor.process_ids().at("one");
    CHECK(exists(pid));
    supervisor.stop();
    CHECK_FALSE(exists(pid));
    CHECK(supervisor.process_ids().empty());
}

TEST_CASE("a program that ends before it is ready is an error with the end of its log", "[cli][supervisor]") {
    Bench bench;
    Supervisor supervisor{bench.layout, bench.account};
    const auto started =
        supervisor.start(bench.shell("bad", "echo 'no such table' >&2; exit 3"), bench.cancelled);
    REQUIRE_FALSE(started);
    CHECK(started.error().code == codes::program_failed);
    CHECK_THAT(started.error().detail, Catch::Contains("exit code 3") && Catch::Contains("no such table"));
}

TEST_CASE("a program that is killed is started again", "[cli][supervisor]") {
    Bench bench;
    std::atomic<int> restarts{0};
    std::atomic<int> first{0};
    // The supervisor belongs to one thread, as in the launcher.
    std::thread owner([&] {
        Supervisor supervisor{bench.layout, bench.account};
        supervisor.on_change = [&] { ++restarts; };
        if (!supervisor.start(bench.shell("frail", "touch frail.ready; exec sleep 600"), bench.cancelled))
            return;
        first = supervisor.process_ids().at("frail");
        supervisor.watch(bench.cancelled);
    });
    REQUIRE(test::eventually([&] { return first != 0; }));
    ::kill(first, SIGKILL);
    CHECK(test::eventually([&] { return restarts == 1; }));
    bench.cancelled = true;
    owner.join();
}

TEST_CASE("waiting for a program that never gets ready can be interrupted", "[cli][supervisor]") {
    Bench bench;
    bench.cancelled = true;
    Supervisor supervisor{bench.layout, bench.account};
    const auto started = supervisor.start(bench.shell("slow", "exec sleep 600"), bench.cancelled);
    REQUIRE_FALSE(started);
    CHECK_THAT(started.error().detail, Catch::Contains("interrupted"));
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/process.h"

#include <catch2/catch.hpp>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;
using test::patience;

namespace {

SpawnOptions shell(std::string script) {
    SpawnOptions options;
    options.argv = {"sh", "-c", std::move(script)};
    return options;
}

}  // namespace

TEST_CASE("a program is run to its end with what it said", "[foundation][process]") {
    const auto finished = run_program(shell("cat; echo wrong >&2; exit 3"), patience, "hello");
    REQUIRE(finished);
    CHECK(finished->out == "hello");
    CHECK(finished->err == "wrong\n");
    CHECK(finished->status.code == 3);
    CHECK(finished->status.text() == "exit code 3");
}

TEST_CASE("large input and output flow at the same time", "[foundation][process]") {
    const std::string much(1u << 20, 'x');
    const auto finished = run_program(shell("cat"), patience, much);
    REQUIRE(finished);
    CHECK(finished->out == much);
    CHECK(run_program(shell("exit 0"), patience, much)->status.success());  // it never reads
}

TEST_CASE("a program that does not end in time is killed", "[foundation][process]") {
    const auto finished = run_program(shell("sleep 1000"), 100ms);
    REQUIRE_FALSE(finished);
    CHECK(finished.error().code.name == "foundation.timed_out");
}

TEST_CASE("a program that cannot be started says why", "[foundation][process]") {
    SpawnOptions options;
    options.argv = {"/nonexistent/program"};
    const auto child = ChildProcess::spawn(options);
    REQUIRE_FALSE(child);
    CHECK(child.error().code.name == "foundation.not_started");
    CHECK(child.error().detail.find("/nonexistent/program") != std::string::npos);

    const test::TemporaryDirectory directory;
    REQUIRE(write_file_atomically(directory / "rubbish", "neither script nor program", 0755));
    options.argv = {directory / "rubbish"};
    CHECK_FALSE(ChildProcess::spawn(options));
}

TEST_CASE("a child gets its directory, environment and files, and a script works", "[foundation][process]") {
    const test::TemporaryDirectory directory;
    REQUIRE(
        write_file_atomically(directory / "script", "#!/bin/sh\necho \"$PWD $ADDED ${HOME-none}\"\n", 0755));
    SpawnOptions options;
    options.argv = {directory / "script"};
    options.directory = directory.path();
    options.environment = {{"ADDED", "value"}, {"HOME", ""}};
    options.out = FileStream{directory / "out"};
    auto child = ChildProcess::spawn(options);
    REQUIRE(child);
    CHECK(child->wait(patience)->success());
    CHECK(*read_file(directory / "out") == directory.path().string() + " value none\n");
}

TEST_CASE("a child is asked to end, then made to", "[foundation][process]") {
    const test::TemporaryDirectory directory;
    const auto ready = directory / "ready";
    const auto loop = "; : > " + ready.string() + "; while :; do sleep 0.01; done";
    auto polite = ChildProcess::spawn(shell("trap 'exit 7' TERM" + loop));
    REQUIRE(polite);
    CHECK_FALSE(polite->wait(1ms));
    REQUIRE(test::eventually([&] { return std::filesystem::exists(ready); }));
    CHECK(polite->running());
    CHECK(polite->terminate(patience).code == 7);
    CHECK_FALSE(polite->running());

    std::filesystem::remove(ready);
    auto deaf = ChildProcess::spawn(shell("trap '' TERM" + loop));
    REQUIRE(deaf);
    REQUIRE(test::eventually([&] { return std::filesystem::exists(ready); }));
    CHECK(deaf->terminate(50ms).signal == SIGKILL);
}

TEST_CASE("what a child started is killed with it", "[foundation][process]") {
    const test::TemporaryDirectory directory;
    const auto ready = directory / "ready";
    auto options = shell("sleep 1000 & : > " + ready.string() + "; wait");
    options.out = PipeStream{};
    auto child = ChildProcess::spawn(options);
    REQUIRE(child);
    REQUIRE(test::eventually([&] { return std::filesystem::exists(ready); }));
    child->terminate(0ms);
    CHECK(child->read_stdout());  // ends only once the grandchild has let go of the pipe
}

TEST_CASE("a child ends with the program that started it", "[foundation][process]") {
    SpawnOptions options;
    options.argv = {SAMPLE_DAEMON, "--spawn", "sleep 1000"};
    const test::TemporaryDirectory directory;
    options.out = FileStream{directory / "pid"};
    options.new_process_group = false;  // else the kill below would reach the grandchild by itself
    auto middle = ChildProcess::spawn(options);
    REQUIRE(middle);
    std::string grandchild;
    REQUIRE(test::eventually([&] {
        grandchild = read_file(directory / "pid").value_or("");
        return grandchild.ends_with('\n');
    }));
    grandchild.pop_back();
    const auto alive = [&] {
        const auto status = read_file("/proc/" + grandchild + "/stat");
        return status && status->find(") Z ") == std::string::npos;  // not gone, nor dead and not yet reaped
    };
    CHECK(alive());
    middle->signal(SIGKILL);
    CHECK(test::eventually([&] { return !alive(); }));
}

TEST_CASE("a child starts with no signal blocked or ignored", "[foundation][process]") {
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto finished = run_program(shell("grep -E 'SigBlk' /proc/self/status"), patience);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    REQUIRE(finished);
    CHECK(finished->out.find("0000000000000000") != std::string::npos);
}

TEST_CASE("root can start a program as another user who may not reach its file", "[foundation][process]") {
    if (::geteuid() != 0) return;
    const test::TemporaryDirectory directory;
    REQUIRE(::chmod(directory.path().c_str(), 0700) == 0);
    std::filesystem::copy_file("/usr/bin/id", directory / "my-id");
    SpawnOptions options;
    options.argv = {directory / "my-id", "-u"};
    options.uid = 65534;
    options.gid = 65534;
    const auto finished = run_program(options, patience);
    REQUIRE(finished);
    CHECK(finished->out == "65534\n");
}

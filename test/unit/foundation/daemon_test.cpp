// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <catch2/catch.hpp>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libs/foundation/file.h"
#include "libs/foundation/process.h"
#include "libs/foundation/version.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

using namespace watchglass;
using test::patience;

namespace {

SpawnOptions daemon_with(std::vector<std::string> arguments) {
    SpawnOptions options;
    options.argv = {SAMPLE_DAEMON};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    return options;
}

Finished run(std::vector<std::string> arguments) {
    auto finished = run_program(daemon_with(std::move(arguments)), patience);
    REQUIRE(finished);
    return *finished;
}

}  // namespace

TEST_CASE("a daemon tells about itself", "[foundation][daemon]") {
    const auto version = run({"--version"});
    CHECK(version.status.code == 0);
    CHECK(version.out == version_line("watchglass-sampled") + "\n");
    const auto help = run({"--help"});
    CHECK(help.status.code == 0);
    CHECK(help.out.find("--exit CODE") != std::string::npos);
    CHECK(help.out.find("--config FILE") != std::string::npos);
}

TEST_CASE("a daemon refuses what it does not understand with exit code 2", "[foundation][daemon]") {
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"--nonsense"}, {"word"}, {"--config"}, {"--version=3"}, {"--exit", "1", "--exit", "2"}}) {
        const auto finished = run(arguments);
        CHECK(finished.status.code == 2);
        CHECK(finished.err.find("Try --help.") != std::string::npos);
    }
}

TEST_CASE("a daemon tells every wrong setting before it ends", "[foundation][daemon]") {
    const test::TemporaryDirectory directory;
    REQUIRE(write_file_atomically(directory / "x.toml", "[sample]\nsize = 77\n[log]\nlevel = \"loud\"\n"));
    const auto finished = run({"--config", directory / "x.toml"});
    CHECK(finished.status.code == 2);
    CHECK(finished.err.find("x.toml:2: sample.size must be between 1 and 10.") != std::string::npos);
    CHECK(finished.err.find("log.level must be") != std::string::npos);
    CHECK(run({"--config", directory / "missing.toml"}).status.code == 2);
}

TEST_CASE("a daemon prints its effective settings", "[foundation][daemon]") {
    const auto finished = run({"--print-config"});
    CHECK(finished.status.code == 0);
    CHECK(finished.out.find("[sample]\n# How large it is.\nsize = 3  # default\n") != std::string::npos);
}

TEST_CASE("a program's own option reaches it", "[foundation][daemon]") {
    CHECK(run({"--exit", "41"}).status.code == 41);
    CHECK(run({"--exit=42"}).status.code == 42);
}

TEST_CASE("a daemon says when it is ready and ends well when asked", "[foundation][daemon]") {
    const test::TemporaryDirectory directory;
    const auto path = (directory / "notify").string();
    const UniqueFd listener{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    auto options = daemon_with({});
    options.environment = {{"NOTIFY_SOCKET", path}};
    options.err = PipeStream{};
    auto child = ChildProcess::spawn(options);
    REQUIRE(child);
    pollfd waiting{listener.get(), POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 30'000) == 1);
    char message[32]{};
    CHECK(::recv(listener.get(), message, sizeof message - 1, 0) == 7);
    CHECK(std::string(message) == "READY=1");

    child->signal(SIGTERM);
    const auto status = child->wait(patience);
    REQUIRE(status);
    CHECK(status->code == 0);
    CHECK(child->read_stderr()->find("\"event\":\"daemon.stopping\"") != std::string::npos);
}

TEST_CASE("a daemon whose part gave up ends with exit code 1", "[foundation][daemon]") {
    const auto finished = run({"--give-up"});
    CHECK(finished.status.code == 1);
    CHECK(finished.err.find("daemon.giving_up") != std::string::npos);
}

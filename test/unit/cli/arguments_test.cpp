// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <catch2/catch.hpp>

#include "cli/commands/codes.h"
#include "cli/commands/context.h"
#include "cli/stack/codes.h"
#include "test/support/temporary_directory.h"

namespace watchglass::cli {

namespace {

ExitCode run_words(std::vector<std::string> words) {
    words.insert(words.begin(), "watchglass");
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    return run(static_cast<int>(argv.size()), argv.data());
}

ExitCode code_for(const Code& code) { return exit_code_of(Failure{code, Next::give_up, "", ""}); }

}  // namespace

TEST_CASE("a command line that says too little or too much is a usage error", "[cli]") {
    CHECK(run_words({}) == ExitCode::usage);
    CHECK(run_words({"device"}) == ExitCode::usage);
    CHECK(run_words({"device", "add", "--site", "lab"}) == ExitCode::usage);
    CHECK(run_words({"latest"}) == ExitCode::usage);
    CHECK(run_words({"frobnicate"}) == ExitCode::usage);
    CHECK(run_words({"up", "--port", "70000"}) == ExitCode::usage);
    CHECK(run_words({"--version"}) == ExitCode::done);
}

TEST_CASE("what cannot be a time or a device is refused before anybody is asked", "[cli]") {
    const std::string device = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    CHECK(run_words({"device", "show", "../x", "--dir", "/nonexistent"}) == ExitCode::usage);
    CHECK(run_words({"device", "ticket", "x", "--dir", "/nonexistent"}) == ExitCode::usage);
    CHECK(run_words({"latest", "PUMP-1", "--dir", "/nonexistent"}) == ExitCode::usage);
    CHECK(run_words({"tail", "PUMP-1", "--dir", "/nonexistent"}) == ExitCode::usage);
    CHECK(run_words({"telemetry", device, "p", "--since", "banana", "--dir", "/nonexistent"}) ==
          ExitCode::usage);
    CHECK(run_words({"telemetry", device, "p", "--until", "banana", "--dir", "/nonexistent"}) ==
          ExitCode::usage);
    CHECK(run_words({"telemetry", device, "p", "--since", "15m", "--dir", "/nonexistent"}) ==
          ExitCode::not_reachable);
}

TEST_CASE("a ticket file that cannot be written is refused before the instrument is registered", "[cli]") {
    const auto add_into = [](const std::string& file) {
        return run_words({"device", "add", "--site", "s", "--model", "m", "--serial", "1", "--ticket-file",
                          file, "--dir", "/nonexistent"});
    };
    const test::TemporaryDirectory directory;
    CHECK(add_into("/nonexistent/ticket") == ExitCode::failed);
    CHECK(add_into(directory.path().string()) == ExitCode::failed);
    // Only then is the platform asked, which is not there.
    CHECK(add_into((directory.path() / "ticket").string()) == ExitCode::not_reachable);
    CHECK(std::filesystem::is_empty(directory.path()));
}

TEST_CASE("what is for good is not even asked for without a word that it is meant", "[cli]") {
    const std::string device = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    for (const char* step : {"revoke", "retire"}) {
        CHECK(run_words({"device", step, "x", "--yes", "--dir", "/nonexistent"}) == ExitCode::usage);
        CHECK(run_words({"device", step, device, "--yes", "--dir", "/nonexistent"}) ==
              ExitCode::not_reachable);
    }
    for (const char* step : {"suspend", "reinstate", "history"}) {
        CHECK(run_words({"device", step, "x", "--dir", "/nonexistent"}) == ExitCode::usage);
        CHECK(run_words({"device", step, device, "--dir", "/nonexistent"}) == ExitCode::not_reachable);
        CHECK(run_words({"device", step, device, "--yes", "--dir", "/nonexistent"}) == ExitCode::usage);
    }
    CHECK(code_for(codes::not_confirmed) == ExitCode::usage);
    CHECK(code_for(Code{"registry.device_closed", "", ""}) == ExitCode::refused);
}

TEST_CASE("a platform that is not there is told apart from one that refuses", "[cli]") {
    CHECK(run_words({"device", "list", "--dir", "/nonexistent"}) == ExitCode::not_reachable);
    CHECK(run_words({"device", "list", "--server", "localhost:1"}) ==
          ExitCode::usage);  // without credentials
    CHECK(code_for(codes::not_running) == ExitCode::not_reachable);
    CHECK(code_for(http::codes::not_reachable) == ExitCode::not_reachable);
    CHECK(code_for(Code{"storage.unreachable", "", ""}) == ExitCode::not_reachable);
    CHECK(code_for(codes::platform_gone) == ExitCode::not_reachable);
    CHECK(exit_code_of(Failure{http::codes::refused, Next::retry_later, "503", ""}) ==
          ExitCode::not_reachable);
    CHECK(exit_code_of(Failure{http::codes::refused, Next::give_up, "400", ""}) == ExitCode::failed);
    CHECK(code_for(Code{"console.bad_query", "", ""}) == ExitCode::usage);
    CHECK(code_for(codes::no_ticket) == ExitCode::partly_done);
    CHECK(code_for(http::codes::not_trusted) == ExitCode::refused);
    CHECK(code_for(Code{"auth.not_allowed", "", ""}) == ExitCode::refused);
    CHECK(code_for(Code{"console.no_such_device", "", ""}) == ExitCode::not_found);
    CHECK(code_for(Code{"registry.unknown_device", "", ""}) == ExitCode::not_found);
    CHECK(code_for(watchglass::codes::internal_error) == ExitCode::failed);
}

TEST_CASE("a journal that is not there, is none or is closed to us has an exit code of its own", "[cli]") {
    CHECK(code_for(codes::no_journal) == ExitCode::not_found);
    CHECK(code_for(codes::not_a_journal) == ExitCode::usage);
    CHECK(code_for(codes::journal_not_permitted) == ExitCode::refused);
    CHECK(run_words({"journal"}) == ExitCode::usage);
    CHECK(run_words({"journal", "verify"}) == ExitCode::usage);
    CHECK(run_words({"journal", "inspect", "/nonexistent"}) == ExitCode::not_found);
}

}  // namespace watchglass::cli

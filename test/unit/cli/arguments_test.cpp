// SPDX-License-Identifier: Apache-2.0
#include "cli/arguments.h"

#include <catch2/catch.hpp>

#include "cli/commands/context.h"
#include "cli/stack/codes.h"

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

TEST_CASE("a platform that is not there is told apart from one that refuses", "[cli]") {
    CHECK(run_words({"device", "list", "--dir", "/nonexistent"}) == ExitCode::not_reachable);
    CHECK(run_words({"device", "list", "--server", "localhost:1"}) ==
          ExitCode::usage);  // without credentials
    CHECK(code_for(codes::not_running) == ExitCode::not_reachable);
    CHECK(code_for(http::codes::not_reachable) == ExitCode::not_reachable);
    CHECK(code_for(http::codes::not_trusted) == ExitCode::refused);
    CHECK(code_for(Code{"auth.not_allowed", "", ""}) == ExitCode::refused);
    CHECK(code_for(Code{"console.no_such_device", "", ""}) == ExitCode::not_found);
    CHECK(code_for(Code{"registry.unknown_device", "", ""}) == ExitCode::not_found);
    CHECK(code_for(watchglass::codes::internal_error) == ExitCode::failed);
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libs/foundation/process.h"
#include "libs/json/json.h"

namespace watchglass::test {

/// Runs `watchglass ARGUMENTS...` of this build to its end, in the time zone of Zurich.
inline Finished run_watchglass(std::vector<std::string> arguments, std::optional<uid_t> user = {}) {
    const char* const build = std::getenv("WATCHGLASS_BUILD_DIR");
    REQUIRE(build != nullptr);
    SpawnOptions options;
    options.argv = std::move(arguments);
    options.argv.insert(options.argv.begin(), std::string{build} + "/bin/watchglass");
    options.environment = {{"TZ", "Europe/Zurich"}};
    options.uid = user;
    auto finished = run_program(std::move(options), std::chrono::seconds{60});
    REQUIRE(finished);
    return std::move(*finished);
}

/// The same with an answer in JSON.
inline json::Value json_of_watchglass(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const Finished finished = run_watchglass(std::move(arguments));
    INFO(finished.err);
    auto answer = json::parse(finished.out);
    REQUIRE(answer);
    return std::move(*answer);
}

}  // namespace watchglass::test

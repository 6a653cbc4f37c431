// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "device-sdk/agent/commands.h"
#include "libs/foundation/version.h"

using namespace watchglass;

int main(int argc, char** argv) {
    const auto arguments =
        agent::parse_arguments(std::vector<std::string>(argv + 1, argv + argc), watchglass_environment());
    if (!arguments) return static_cast<int>(agent::report(arguments.error()));
    if (arguments->print_config) {
        fmt::print("{}", arguments->effective);
        return static_cast<int>(ExitCode::done);
    }
    switch (arguments->command) {
        case agent::Command::enroll: return static_cast<int>(agent::enroll(*arguments));
        case agent::Command::run: return static_cast<int>(agent::run(*arguments));
        case agent::Command::status: return static_cast<int>(agent::status(*arguments));
        case agent::Command::version: fmt::print("{}\n", version_line("watchglass-agent")); break;
        case agent::Command::help: fmt::print("{}", agent::usage_text()); break;
    }
    return static_cast<int>(ExitCode::done);
}

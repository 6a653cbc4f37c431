// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device-sdk/agent/arguments.h"
#include "libs/foundation/exit_code.h"
#include <watchglass/status.h>

namespace watchglass::agent {

/// The first line that `input` gives, up to its end. `ask`: with a prompt on stderr. agent.usage when it is empty.
Result<std::string> read_ticket(int input, bool ask);
ExitCode enroll(const Arguments& arguments);
ExitCode run(const Arguments& arguments);
ExitCode status(const Arguments& arguments);

/// The failure on stderr, for a person, and the exit code that tells a script its kind.
ExitCode report(const Failure& failure);

/// `<state>/status.json`: what a running agent last said about itself, for `status`.
void write_status(const std::filesystem::path& directory, const device::LinkStatus& status,
                  std::string_view source, bool running);

}  // namespace watchglass::agent

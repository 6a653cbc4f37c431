// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/exit_code.h"

namespace watchglass::cli {

/// Turns the command line into one call of commands.h, or says what is wrong with it (exit code 2).
ExitCode run(int argc, char** argv);

}  // namespace watchglass::cli

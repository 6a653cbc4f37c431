// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

/// What can keep a stack from running on this machine.
namespace watchglass::cli::codes {

inline constexpr Code directory_too_deep{"stack.directory_too_deep",
                                         "The state directory's path is too long for Unix sockets.",
                                         "Choose a shorter one with --dir."};
inline constexpr Code directory_in_use{"stack.directory_in_use",
                                       "A stack is already running in this directory.",
                                       "Stop it, or choose another directory with --dir."};
inline constexpr Code directory_unreachable{
    "stack.directory_unreachable", "The account that runs the stack may not enter the state directory.",
    "Choose a directory whose parents others may enter, for example --dir /var/lib/watchglass."};
inline constexpr Code port_taken{"stack.port_taken", "The public port cannot be opened.",
                                 "Choose another with --port, or stop the program that holds it."};
inline constexpr Code program_missing{"stack.program_missing",
                                      "A program that the stack needs is not installed.",
                                      "Install it, then start again."};
inline constexpr Code program_failed{"stack.program_failed", "A program of the stack did not start.",
                                     "Its log says why."};
inline constexpr Code not_running{
    "stack.not_running", "No stack is running in this directory.",
    "Start one with: watchglass up, or name its directory with --dir or WATCHGLASS_DIR."};
inline constexpr Code no_account{"stack.no_account",
                                 "Run by root, the stack needs an unprivileged account for its programs.",
                                 "Install Debian's postgresql package, which makes the account postgres."};

}  // namespace watchglass::cli::codes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "cli/stack/stack.h"

namespace watchglass::cli {

/// Registers, enrolls and starts the demonstration's instruments in agents/: this machine with its own readings, and a
/// pump test bench that replays a recording. Those already enrolled are only started.
Result<void> start_demo(Stack& stack, const std::atomic<bool>& cancelled);

/// Prints what a newcomer could try with them.
void say_what_to_try(const Stack& stack);

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "cli/stack/stack.h"
#include "libs/foundation/clock.h"

namespace watchglass::cli {

/// Registers, enrolls and starts the demonstration's instruments in agents/: this machine with its own readings, and a
/// pump test bench that replays a recording. Those already enrolled are only started; when the platform's address
/// changed since, they are enrolled again as the same devices.
Result<void> start_demo(Stack& stack, const std::atomic<bool>& cancelled);

/// Waits until something of each instrument is stored that was received after `since`. Serial numbers of those that
/// were not heard when the patience was over or `cancelled` turned true; empty: all send.
Result<std::vector<std::string>> silent_instruments(Stack& stack, WallTime since,
                                                    std::chrono::seconds patience,
                                                    const std::atomic<bool>& cancelled);

/// Prints whether they send, and what a newcomer could try with them.
void say_what_to_try(const Stack& stack, const std::vector<std::string>& silent);

}  // namespace watchglass::cli

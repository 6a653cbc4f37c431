// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "test/support/running_stack.h"

/// Instruments of the pump test bench in front of a running stack.
namespace watchglass::test {

/// A recording of half an hour, made up from its number and of a month of its own in 2020.
std::filesystem::path recording_of(const RunningStack& stack, int number);

/// Starts an agent that leaves its words in `agent.log` in the instrument's directory.
ChildProcess start_agent(SpawnOptions options, const std::filesystem::path& instrument);
/// Replays a recording to its end: all of it is stored then.
void replay(const std::filesystem::path& instrument, const std::filesystem::path& recording);

/// With owners and modes, as a backup or an image has them; what was there before is gone.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace watchglass::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/support/pump_recording.h"
#include "test/support/running_stack.h"

namespace watchglass::test {

/// What watchglass.telemetry() gives for one parameter between two times (SQL literals), in order of time.
std::vector<Reading> stored_readings(const RunningStack& stack, const std::string& device,
                                     const std::string& parameter, const std::string& from = "2000-01-01Z",
                                     const std::string& to = "2100-01-01Z");

/// Every changed reading of the recording is stored once, and nothing else between its first and its last second.
void check_stored_once(const RunningStack& stack, const std::string& device,
                       const std::filesystem::path& recording);

}  // namespace watchglass::test

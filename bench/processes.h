// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "test/support/running_stack.h"

namespace watchglass::bench {

/// Processor seconds (user and system) of a process, of its children, and of those that these have waited for.
double cpu_seconds_of(int pid);

/// Processor seconds that the stack's programs have used so far, their children included, by the launcher's names.
using CpuTimes = std::map<std::string, double>;
CpuTimes cpu_times(const test::RunningStack& stack, const std::vector<std::string>& programs);
CpuTimes difference(CpuTimes after, const CpuTimes& before);

}  // namespace watchglass::bench

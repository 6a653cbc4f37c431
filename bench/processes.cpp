// SPDX-License-Identifier: Apache-2.0
#include "bench/processes.h"

#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

namespace watchglass::bench {
namespace {

/// Of a process and the children it has waited for.
double cpu_seconds_of_one(int pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(end_of_name + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double ticks = 0;
    for (int i = 0; i < 4; ++i) {  // user, system, and both of waited-for children
        double some = 0;
        fields >> some;
        ticks += some;
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// PostgreSQL's work is in the server's children.
std::vector<int> with_children(int pid) {
    std::vector<int> pids{pid};
    std::ifstream in(fmt::format("/proc/{}/task/{}/children", pid, pid));
    for (int child = 0; in >> child;) pids.push_back(child);
    return pids;
}

}  // namespace

double cpu_seconds_of(int pid) {
    double seconds = 0;
    for (const int one : with_children(pid)) seconds += cpu_seconds_of_one(one);
    return seconds;
}

CpuTimes cpu_times(const test::RunningStack& stack, const std::vector<std::string>& programs) {
    CpuTimes times;
    for (const auto& program : programs) times[program] += cpu_seconds_of(stack.pid_of(program));
    return times;
}

CpuTimes difference(CpuTimes after, const CpuTimes& before) {
    for (auto& [program, seconds] : after) {
        if (const auto found = before.find(program); found != before.end()) seconds -= found->second;
    }
    return after;
}

}  // namespace watchglass::bench

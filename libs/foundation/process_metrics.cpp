// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/process_metrics.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace watchglass::metrics {
namespace {

void append(std::string& out, std::string_view name, std::string_view kind, std::string_view help,
            double value) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, kind, value);
}

/// Fields of /proc/self/stat behind the program's name, which may hold blanks (proc(5)): [0] is field 3.
std::vector<std::string> stat_fields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    if (!std::getline(file, line)) return {};
    const auto end_of_name = line.rfind(')');
    if (end_of_name == std::string::npos) return {};
    std::istringstream rest(line.substr(end_of_name + 1));
    return {std::istream_iterator<std::string>{rest}, {}};
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

}  // namespace

std::string process_exposition() {
    std::string out;
    const auto fields = stat_fields();
    if (fields.size() > 21) {
        const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
        append(out, "process_cpu_seconds_total", "counter", "User and system time spent.",
               (number(fields[11]) + number(fields[12])) / ticks);
        append(out, "process_threads", "gauge", "Threads.", number(fields[17]));
        append(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
               number(fields[21]) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    std::error_code error;
    const std::filesystem::directory_iterator open("/proc/self/fd", error);
    if (!error) {
        const auto count = std::distance(begin(open), end(open));
        append(out, "process_open_fds", "gauge", "Open file descriptors.", static_cast<double>(count - 1));
    }
    return out;
}

}  // namespace watchglass::metrics

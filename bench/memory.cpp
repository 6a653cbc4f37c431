// SPDX-License-Identifier: Apache-2.0
#include "bench/memory.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <sys/resource.h>

namespace watchglass::bench {
namespace {

/// `Rss:     1234 kB`
double kilobytes_in(const std::string& line) {
    return std::strtod(line.c_str() + line.find(':') + 1, nullptr);
}

/// The head line of a mapping: `from-to rights offset device inode   path`.
bool begins_mapping(const std::string& line) { return line.find('-') < line.find(' '); }

/// Pages of the executable's own mappings that are still as in the file.
double unchanged_pages_of(int pid, const std::string& executable) {
    double kilobytes = 0;
    std::ifstream mappings(fmt::format("/proc/{}/smaps", pid));
    bool ours = false;
    for (std::string line; std::getline(mappings, line);) {
        if (begins_mapping(line)) ours = line.ends_with(' ' + executable);
        if (ours && line.starts_with("Rss:")) kilobytes += kilobytes_in(line);
        if (ours && line.starts_with("Anonymous:")) kilobytes -= kilobytes_in(line);
    }
    return kilobytes;
}

}  // namespace

Resident resident_of(int pid) {
    Resident resident;
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) resident.all = kilobytes_in(line);
        if (line.starts_with("RssAnon:")) resident.anonymous = kilobytes_in(line);
    }
    std::error_code gone;
    const auto executable = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), gone);
    if (!gone) resident.program = unchanged_pages_of(pid, executable.string());
    return resident;
}

void allow_many_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace watchglass::bench

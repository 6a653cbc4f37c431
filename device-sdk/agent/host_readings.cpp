// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/host_readings.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

namespace watchglass::agent {
namespace {

constexpr double sector_bytes = 512;  // of /proc/diskstats, whatever the disk's own are
constexpr std::size_t temperature_parameters = 4;

double used_share(double used, double total) { return total > 0 ? 100.0 * used / total : 0; }

}  // namespace

std::string HostReader::file(std::string_view path) const {
    std::ifstream in(root_ / path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

HostReadings HostReader::read(SteadyTime now) {
    HostReadings out;
    Totals totals{now, {}};
    read_load(out);
    read_cpu(out, totals);
    read_memory(out);
    read_disk_space(out);
    read_disk_traffic(totals);
    read_network(out, totals);
    read_temperatures(out);
    read_system(out);
    derive_rates(out, totals);
    before_ = std::move(totals);
    return out;
}

/// `0.52 0.58 0.59 1/389 12345`
void HostReader::read_load(HostReadings& out) const {
    std::istringstream in(file("proc/loadavg"));
    double one = 0, five = 0, fifteen = 0, running = 0, all = 0;
    char slash = 0;
    if (!(in >> one >> five >> fifteen)) return;
    out["load_1m"] = one;
    out["load_5m"] = five;
    out["load_15m"] = fifteen;
    if (in >> running >> slash >> all) out["process_count"] = all;
}

void HostReader::read_cpu(HostReadings& out, Totals& totals) const {
    std::istringstream in(file("proc/stat"));
    std::string word;
    double cpus = 0;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        if (!(fields >> word) || !word.starts_with("cpu")) break;
        if (word != "cpu") {
            ++cpus;
            continue;
        }
        // user nice system idle iowait irq softirq steal
        double sum = 0, idle = 0, value = 0;
        for (int i = 0; i < 8 && fields >> value; ++i) {
            sum += value;
            if (i == 3 || i == 4) idle += value;
        }
        totals.values["cpu_all"] = sum;
        totals.values["cpu_idle"] = idle;
    }
    if (cpus > 0) out["cpu_count"] = cpus;
}

void HostReader::read_memory(HostReadings& out) const {
    std::istringstream in(file("proc/meminfo"));
    std::map<std::string, double> sizes;
    std::string name, unit;
    double kib = 0;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        if (fields >> name >> kib) sizes[name] = kib * 1024;
    }
    const auto total = sizes.find("MemTotal:");
    const auto available = sizes.find("MemAvailable:");
    if (total == sizes.end() || available == sizes.end()) return;
    out["memory_total"] = total->second;
    out["memory_available"] = available->second;
    out["memory_used"] = total->second - available->second;
    out["swap_total"] = sizes["SwapTotal:"];
    out["swap_used"] = sizes["SwapTotal:"] - sizes["SwapFree:"];
}

void HostReader::read_disk_space(HostReadings& out) const {
    struct statvfs space {};
    if (::statvfs(root_.c_str(), &space) != 0) return;
    const double block = static_cast<double>(space.f_frsize);
    const double total = block * static_cast<double>(space.f_blocks);
    const double used = total - block * static_cast<double>(space.f_bfree);
    out["disk_total"] = total;
    out["disk_used"] = used;
    out["disk_used_fraction"] = used_share(used, used + block * static_cast<double>(space.f_bavail));
}

/// Whole disks only: their partitions would count everything twice.
void HostReader::read_disk_traffic(Totals& totals) const {
    std::istringstream in(file("proc/diskstats"));
    double read = 0, written = 0;
    bool any = false;
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        std::string major, minor, name;
        double reads = 0, merged = 0, sectors_read = 0, ms = 0, writes = 0, write_merged = 0,
               sectors_written = 0;
        if (!(fields >> major >> minor >> name >> reads >> merged >> sectors_read >> ms >> writes >>
              write_merged >> sectors_written)) {
            continue;
        }
        std::error_code ignored;
        const bool whole_disk = std::filesystem::exists(root_ / "sys/block" / name, ignored);
        if (!whole_disk || name.starts_with("loop") || name.starts_with("ram") || name.starts_with("dm-"))
            continue;
        read += sectors_read * sector_bytes;
        written += sectors_written * sector_bytes;
        any = true;
    }
    if (!any) return;
    totals.values["disk_read"] = read;
    totals.values["disk_written"] = written;
}

void HostReader::read_network(HostReadings& out, Totals& totals) const {
    std::istringstream in(file("proc/net/dev"));
    double received = 0, sent = 0;
    bool any = false;
    for (std::string line; std::getline(in, line);) {
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;
        std::string name = line.substr(0, colon);
        name.erase(0, name.find_first_not_of(' '));
        if (name == "lo") continue;
        std::istringstream fields(line.substr(colon + 1));
        std::vector<double> numbers(9);
        bool whole = true;
        for (double& number : numbers) whole = whole && static_cast<bool>(fields >> number);
        if (!whole) continue;
        received += numbers[0];
        sent += numbers[8];
        any = true;
    }
    if (!any) return;
    out["network_received"] = received;
    out["network_transmitted"] = sent;
    totals.values["network_received"] = received;
    totals.values["network_transmitted"] = sent;
}

void HostReader::read_temperatures(HostReadings& out) const {
    std::vector<std::filesystem::path> zones;
    std::error_code error;
    for (std::filesystem::directory_iterator it(root_ / "sys/class/thermal", error), end; !error && it != end;
         it.increment(error)) {
        if (it->path().filename().string().starts_with("thermal_zone")) zones.push_back(it->path());
    }
    std::sort(zones.begin(), zones.end(), [](const auto& a, const auto& b) {
        const auto& x = a.native();
        const auto& y = b.native();
        return x.size() != y.size() ? x.size() < y.size() : x < y;
    });
    std::optional<double> highest;
    for (std::size_t i = 0; i < zones.size(); ++i) {
        std::ifstream in(zones[i] / "temp");
        double millidegrees = 0;
        // Some zones answer with an error or absurd numbers when their sensor sleeps.
        if (!(in >> millidegrees) || millidegrees < -100'000 || millidegrees > 200'000) continue;
        const double celsius = millidegrees / 1000;
        if (i < temperature_parameters) out["temperature_" + std::to_string(i + 1)] = celsius;
        highest = std::max(highest.value_or(celsius), celsius);
    }
    if (highest) out["temperature_highest"] = *highest;
}

void HostReader::read_system(HostReadings& out) const {
    std::istringstream uptime(file("proc/uptime"));
    if (double seconds = 0; uptime >> seconds)
        out["uptime"] = static_cast<double>(static_cast<std::int64_t>(seconds));
    timex state{};
    const int answer = ::adjtimex(&state);
    if (answer >= 0)
        out["clock_synchronized"] = answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0 ? 1.0 : 0.0;
    std::istringstream release(file("proc/sys/kernel/osrelease"));
    if (std::string name; std::getline(release, name) && !name.empty()) out["kernel_release"] = name;
    std::istringstream system(file("etc/os-release"));
    for (std::string line; std::getline(system, line);) {
        constexpr std::string_view key = "PRETTY_NAME=";
        if (!line.starts_with(key)) continue;
        std::string name = line.substr(key.size());
        std::erase(name, '"');
        out["operating_system"] = name;
    }
}

void HostReader::derive_rates(HostReadings& out, const Totals& totals) const {
    if (!before_) return;
    const double seconds = static_cast<double>((totals.at - before_->at).count()) / 1e6;
    if (seconds <= 0) return;
    const auto grown = [&](std::string_view name) -> std::optional<double> {
        const auto now = totals.values.find(name);
        const auto then = before_->values.find(name);
        // Counters start again when an interface or disk comes back; that interval has no rate.
        if (now == totals.values.end() || then == before_->values.end() || now->second < then->second)
            return {};
        return now->second - then->second;
    };
    const auto rate = [&](std::string_view parameter, std::string_view counter) {
        if (const auto growth = grown(counter)) out[std::string{parameter}] = *growth / seconds;
    };
    rate("disk_read_rate", "disk_read");
    rate("disk_write_rate", "disk_written");
    rate("network_receive_rate", "network_received");
    rate("network_transmit_rate", "network_transmitted");
    const auto all = grown("cpu_all");
    const auto idle = grown("cpu_idle");
    if (all && idle && *all > 0) out["cpu_used"] = used_share(*all - *idle, *all);
}

}  // namespace watchglass::agent

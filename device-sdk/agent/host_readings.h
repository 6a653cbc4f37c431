// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libs/foundation/clock.h"

namespace watchglass::agent {

/// Parameter name of the dictionary `host` -> what it reads now.
using HostReadings = std::map<std::string, std::variant<double, std::string>, std::less<>>;

/// Reads a Linux machine from /proc and /sys. What is not there (no swap, no thermal zone, a container) is left out.
/// One thread. `root` is "/" but for tests.
class HostReader {
public:
    explicit HostReader(std::filesystem::path root = "/") : root_(std::move(root)) {}
    /// Rates need a reading before and are absent the first time.
    HostReadings read(SteadyTime now);

private:
    struct Totals {
        SteadyTime at;
        std::map<std::string, double, std::less<>> values;
    };
    [[nodiscard]] std::string file(std::string_view path) const;
    void read_load(HostReadings& out) const;
    void read_cpu(HostReadings& out, Totals& totals) const;
    void read_memory(HostReadings& out) const;
    void read_disk_space(HostReadings& out) const;
    void read_disk_traffic(Totals& totals) const;
    void read_network(HostReadings& out, Totals& totals) const;
    void read_temperatures(HostReadings& out) const;
    void read_system(HostReadings& out) const;
    void derive_rates(HostReadings& out, const Totals& totals) const;

    std::filesystem::path root_;
    std::optional<Totals> before_;
};

}  // namespace watchglass::agent

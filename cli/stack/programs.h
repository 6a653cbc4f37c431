// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// Where the programs of a stack are on this machine.
class Programs {
public:
    /// Finds them all, or says every one that is missing and what to install (stack.program_missing). Ours are beside
    /// the running program; others on PATH, in sbin, and where Debian keeps PostgreSQL.
    static Result<Programs> locate();

    /// One program of the system, by the same rules.
    static Result<std::filesystem::path> locate_system(const std::string& program);

    [[nodiscard]] const std::filesystem::path& path(const std::string& program) const {
        return found_.at(program);
    }
    /// Mosquitto's plugin: ../lib beside our programs in a build tree, lib/watchglass when installed.
    [[nodiscard]] const std::filesystem::path& broker_plugin() const { return found_.at(plugin_name); }

private:
    static constexpr const char* plugin_name = "watchglass_mosquitto_plugin.so";
    std::map<std::string, std::filesystem::path> found_;
};

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "device-sdk/agent/csv_reader.h"
#include "libs/foundation/result.h"
#include "libs/foundation/settings.h"
#include "libs/security/connection_policy.h"

namespace watchglass::agent {

enum class Command { enroll, run, status, version, help };

/// What a command line, a settings file and the environment together ask for.
struct Arguments {
    Command command = Command::help;
    std::filesystem::path directory;
    std::string ticket;  ///< enroll: the text; without it `ticket_file`, without that standard input
    std::filesystem::path ticket_file;
    bool replace = false;

    std::string source;                        ///< host, csv, lines
    std::string dictionary;                    ///< empty: the source's usual one
    std::filesystem::path file;                ///< csv
    ColumnMap map;                             ///< csv
    double speed = 1;                          ///< csv; 0: max
    std::filesystem::path socket;              ///< lines
    std::chrono::milliseconds interval{5000};  ///< host
    bool exit_when_stored = false;
    bool json = false;  ///< status
    std::chrono::milliseconds flush_interval{1000};
    std::chrono::milliseconds sync_interval{5000};
    std::int64_t journal_megabytes = 256;
    std::optional<security::HttpProxy> proxy;
    bool print_config = false;
    std::string effective;  ///< the settings, for --print-config
};

/// Flags win over the environment (WATCHGLASS_AGENT_*), that over the settings file (--config FILE). agent.usage, with
/// every complaint about settings.
Result<Arguments> parse_arguments(const std::vector<std::string>& words,
                                  const SettingsReader::Environment& environment);

std::string usage_text();

}  // namespace watchglass::agent

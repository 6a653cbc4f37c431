// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/foundation/failure.h"
#include "libs/foundation/service.h"
#include "libs/foundation/settings.h"

namespace watchglass {

/// An option that only one program has: `--add-operator NAME`, or a flag when `value` is empty.
struct ProgramOption {
    std::string_view name;   ///< without the dashes
    std::string_view value;  ///< what the help calls it: "NAME"
    std::string_view doc;
};

/// What every daemon's main shares: --config, --print-config, --version, --help, the settings' complaints,
/// the log.
///
///     int main(int argc, char** argv) {
///         TerminationSignals signals;
///         Daemon daemon{"watchglass-ingestd", "Takes frames from the broker and stores them.", argc, argv};
///         const auto settings = daemon.load(read_ingest_settings);   // IngestSettings(SettingsReader&)
///         ...
///         notify_ready();
///         return daemon.run_until(signals);
///     }
///
/// The configuration is `--config FILE`, else /etc/watchglass/<program without "watchglass-">.toml if it
/// exists, else defaults and environment alone. The settings log.level and log.format are read here. The
/// constructor and load() leave the process by exit(): 0 after --help, --version and --print-config, 2 after
/// a usage mistake or when any setting is wrong (all complaints on stderr, one per line). Call both before
/// any thread starts.
class Daemon {
public:
    Daemon(std::string_view program, std::string_view purpose, int argc, char** argv,
           const std::vector<ProgramOption>& options = {});

    /// Reads the program's settings by `read(SettingsReader&)`, then starts the log.
    template <class Read>
    auto load(Read read) {
        auto settings = read(reader_);
        finish_loading();
        return settings;
    }

    /// The value of an option of this program, "" for a flag; nothing when it was not given.
    [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
    /// Empty when --config was not given and the default file does not exist.
    [[nodiscard]] const std::filesystem::path& config_file() const { return config_; }

    /// Logs that it serves, waits for the end, logs why, and gives the exit code for main (0 after a signal,
    /// 1 when a part of the program gave up).
    int run_until(TerminationSignals& signals);

private:
    void finish_loading();

    std::string program_;
    std::map<std::string, std::string, std::less<>> given_;
    std::filesystem::path config_;
    SettingsReader reader_;
};

/// Logs why the program cannot go on, and gives the exit code for main (1, failed).
int exit_with(std::string_view event, const Failure& failure);

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// Where everything of one stack lies: one state directory, so that removing it removes the stack.
///
///     postgres/   the cluster            pki/        keys (0600) and certificates
///     mosquitto/  the plugin's copy      config/     what the programs were started with (made anew at each start)
///     run/        Unix sockets           log/        one file a program
///     agents/     the demo's instruments   public-port  the port of the last start: instruments know it
class StackLayout {
public:
    explicit StackLayout(std::filesystem::path directory) : dir_(std::move(directory)) {}

    [[nodiscard]] const std::filesystem::path& directory() const { return dir_; }
    [[nodiscard]] std::filesystem::path description() const { return dir_ / "stack.json"; }
    [[nodiscard]] std::filesystem::path lock() const { return dir_ / "lock"; }
    [[nodiscard]] std::filesystem::path public_port() const { return dir_ / "public-port"; }
    [[nodiscard]] std::filesystem::path cluster() const { return dir_ / "postgres"; }
    [[nodiscard]] std::filesystem::path broker() const { return dir_ / "mosquitto"; }
    [[nodiscard]] std::filesystem::path pki() const { return dir_ / "pki"; }
    [[nodiscard]] std::filesystem::path config() const { return dir_ / "config"; }
    [[nodiscard]] std::filesystem::path run() const { return dir_ / "run"; }
    [[nodiscard]] std::filesystem::path log() const { return dir_ / "log"; }
    [[nodiscard]] std::filesystem::path agents() const { return dir_ / "agents"; }
    [[nodiscard]] std::filesystem::path log_of(const std::string& program) const {
        return log() / (program + ".log");
    }
    [[nodiscard]] std::filesystem::path socket(const std::string& name) const {
        return run() / (name + ".sock");
    }

private:
    std::filesystem::path dir_;
};

/// Root: /var/lib/watchglass. Others: $XDG_STATE_HOME/watchglass or ~/.local/state/watchglass.
std::filesystem::path default_stack_directory();

/// The directory a command means: `given` (--dir), else WATCHGLASS_DIR, else the default; absolute.
std::filesystem::path resolve_stack_directory(const std::string& given);

/// Unix socket paths are limited to 107 bytes: refuses a directory that is too deep (stack.directory_too_deep).
Result<void> check_depth(const StackLayout& layout);

}  // namespace watchglass::cli

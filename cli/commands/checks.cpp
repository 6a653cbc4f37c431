// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/checks.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/commands/codes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"
#include "schemas/values/identifiers.h"

namespace watchglass::cli {

Result<void> check_device_id(const std::string& text) {
    if (const auto id = DeviceId::parse(text); !id) {
        auto failure = id.error();
        failure.detail = text;
        return failed(std::move(failure));
    }
    return {};
}

Result<void> check_moment(const std::string& option, const std::string& text) {
    if (parse_rfc3339(text) || parse_duration(text)) return {};
    return failed(Failure{codes::malformed_time, Next::give_up, fmt::format("{} {}", option, text), ""});
}

Result<void> check_writable(const std::string& file) {
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) {
        return failed(
            Failure{watchglass::codes::io_error, Next::tell_operator, file + " is a directory.", ""});
    }
    // Written as the ticket will be, under a name that is nobody's.
    const auto probe = file + ".check";
    if (auto written = write_file_atomically(probe, "", 0600); !written) return written;
    std::filesystem::remove(probe, ignored);
    return {};
}

}  // namespace watchglass::cli

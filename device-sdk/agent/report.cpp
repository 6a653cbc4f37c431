// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "device-sdk/agent/codes.h"
#include "device-sdk/agent/commands.h"
#include "libs/http/client.h"
#include <watchglass/device.h>

namespace watchglass::agent {
namespace {

ExitCode kind_of(const Code& code) {
    if (code == codes::usage || code == codes::unknown_dictionary) return ExitCode::usage;
    if (code == http::codes::not_reachable || code == http::codes::proxy_refused)
        return ExitCode::not_reachable;
    if (code == device::codes::not_drained) return ExitCode::partly_done;
    if (code == device::codes::not_enrolled) return ExitCode::not_found;
    if (code.name.starts_with("enroll.") || code.name.starts_with("ticket.") ||
        code == http::codes::not_trusted) {
        return ExitCode::refused;
    }
    return ExitCode::failed;
}

}  // namespace

ExitCode report(const Failure& failure) {
    fmt::print(stderr, "watchglass-agent: {} [{}]\n", failure.message(), failure.code.name);
    return kind_of(failure.code);
}

}  // namespace watchglass::agent

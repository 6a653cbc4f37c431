// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "device-sdk/agent/commands.h"
#include "libs/foundation/file.h"
#include <watchglass/enroll.h>

namespace watchglass::agent {

ExitCode enroll(const Arguments& arguments) {
    std::string ticket = arguments.ticket;
    if (!arguments.ticket_file.empty()) {
        auto text = read_file(arguments.ticket_file, 64u << 10);
        if (!text) return report(text.error());
        ticket = std::move(*text);
    }
    const auto device = device::enroll(ticket, {arguments.directory, arguments.proxy, arguments.replace});
    if (!device) return report(device.error());
    fmt::print("Enrolled as {}. The identity is in {}.\n", *device,
               (arguments.directory / "identity").string());
    return ExitCode::done;
}

}  // namespace watchglass::agent

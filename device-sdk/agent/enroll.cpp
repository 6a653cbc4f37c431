// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <system_error>

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include "device-sdk/agent/codes.h"
#include "device-sdk/agent/commands.h"
#include "libs/foundation/file.h"
#include <watchglass/enroll.h>

namespace watchglass::agent {

Result<std::string> read_ticket(int input, bool ask) {
    constexpr std::size_t most = 64u << 10;
    if (ask) fmt::print(stderr, "Ticket: ");
    std::string text;
    char piece[512];
    while (text.size() <= most && text.find('\n') == std::string::npos) {
        const ssize_t got = ::read(input, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            return failed(Failure{watchglass::codes::io_error,
                                  Next::tell_operator,
                                  "Standard input: " + std::generic_category().message(errno) + ".",
                                  {}});
        }
        if (got == 0) break;
        text.append(piece, static_cast<std::size_t>(got));
    }
    text.resize(std::min(text.find('\n'), text.size()));
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
    if (text.empty())
        return failed(Failure{codes::usage, Next::give_up, "No ticket came on standard input.", {}});
    return text;
}

ExitCode enroll(const Arguments& arguments) {
    std::string ticket = arguments.ticket;
    if (!arguments.ticket_file.empty()) {
        auto text = read_file(arguments.ticket_file, 64u << 10);
        if (!text) return report(text.error());
        ticket = std::move(*text);
    } else if (ticket.empty()) {
        auto text = read_ticket(STDIN_FILENO, ::isatty(STDIN_FILENO) != 0);
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

// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/ticket_output.h"

#include <fmt/format.h>

#include "cli/terminal/qr_code.h"
#include "cli/terminal/table.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

Result<void> give_ticket(const Context& context, json::Value device, const Ticket& ticket,
                         const std::string& ticket_file) {
    device.set("expires_at", ticket.expires_at);
    const auto expires = local_and_utc(ticket.expires_at);
    if (!ticket_file.empty()) {
        if (auto written = write_file_atomically(ticket_file, ticket.text + "\n", 0600); !written)
            return written;
        device.set("ticket_file", ticket_file);
        if (!context.json) {
            fmt::print(
                "The enrollment ticket is in {} until {}. On the instrument:\n  watchglass-agent enroll "
                "--ticket-file {}\n",
                ticket_file, expires, ticket_file);
        }
    } else {
        device.set("ticket", ticket.text);
        if (!context.json) {
            // On a line of its own: in the command it would stand in the process list for everybody to read.
            fmt::print(
                "Enrollment ticket, good once, until {}:\n{}\n\nOn the instrument, and give it the ticket "
                "when "
                "it waits for it:\n  watchglass-agent enroll\n",
                expires, ticket.text);
            if (on_terminal()) fmt::print("\n{}", qr_code(ticket.text));
        }
    }
    if (context.json) fmt::print("{}\n", device.dump());
    return {};
}

}  // namespace watchglass::cli

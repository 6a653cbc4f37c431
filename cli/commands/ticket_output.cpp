// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/ticket_output.h"

#include <fmt/format.h>

#include "cli/terminal/qr_code.h"
#include "cli/terminal/table.h"
#include "libs/foundation/file.h"

namespace watchglass::cli {

ExitCode give_ticket(const Context& context, http::Client& client, json::Value device, const std::string& id,
                     const std::string& ticket_file) {
    const auto ticket =
        client.call("POST", "/v1/devices/" + http::percent_encode(id) + "/tickets", json::Value::object());
    if (!ticket) return report(context, ticket.error());
    const auto text = ticket->text("ticket");
    if (!text) return report(context, text.error());
    const auto expires = ticket->text_or("expires_at", "");
    device.set("expires_at", expires);
    if (!ticket_file.empty()) {
        if (const auto written = write_file_atomically(ticket_file, *text + "\n", 0600); !written) {
            return report(context, written.error());
        }
        device.set("ticket_file", ticket_file);
        if (!context.json) {
            fmt::print(
                "The enrollment ticket is in {} until {}. On the instrument:\n  watchglass-agent enroll "
                "--ticket-file {}\n",
                ticket_file, local_and_utc(expires), ticket_file);
        }
    } else {
        device.set("ticket", *text);
        if (!context.json) {
            fmt::print(
                "Enrollment ticket, good once, until {}. On the instrument:\n  watchglass-agent enroll {}\n",
                local_and_utc(expires), *text);
            if (on_terminal()) fmt::print("\n{}", qr_code(*text));
        }
    }
    if (context.json) fmt::print("{}\n", device.dump());
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/commands/ticket_output.h"

namespace watchglass::cli {

namespace {

Result<void> make_ticket(const Context& context, const std::string& device, const std::string& ticket_file) {
    if (auto fits = check_device_id(device); !fits) return fits;
    // A ticket that cannot be kept would only make the one before it worthless.
    if (auto fits = ticket_file.empty() ? Result<void>{} : check_writable(ticket_file); !fits) return fits;
    auto client = context.connect();
    if (!client) return failed(client);
    const auto made = client->call("POST", "/v1/devices/" + device + "/tickets", json::Value::object());
    if (!made) return failed(made);
    const auto text = made->text("ticket");
    if (!text) return failed(text);
    return give_ticket(context, json::Value::object({{"device", device}}),
                       {*text, made->text_or("expires_at", "")}, ticket_file);
}

}  // namespace

ExitCode device_ticket(const Context& context, const std::string& device, const std::string& ticket_file) {
    const auto made = make_ticket(context, device, ticket_file);
    return made ? ExitCode::done : report(context, made.error());
}

}  // namespace watchglass::cli

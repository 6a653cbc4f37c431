// SPDX-License-Identifier: Apache-2.0
#include "cli/commands/commands.h"
#include "cli/commands/ticket_output.h"

namespace watchglass::cli {

ExitCode device_ticket(const Context& context, const std::string& device, const std::string& ticket_file) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    return give_ticket(context, *client, json::Value::object({{"device", device}}), device, ticket_file);
}

}  // namespace watchglass::cli

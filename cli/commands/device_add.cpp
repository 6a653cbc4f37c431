// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/ticket_output.h"

namespace watchglass::cli {

ExitCode device_add(const Context& context, const DeviceAddOptions& options) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    auto wanted =
        json::Value::object({{"site", options.site}, {"model", options.model}, {"serial", options.serial}});
    if (!options.dictionary.empty()) wanted.set("dictionary", options.dictionary);
    const auto device = client->call("POST", "/v1/devices", wanted);
    if (!device) return report(context, device.error());
    const auto id = device->text("device");
    if (!id) return report(context, id.error());
    if (!context.json)
        fmt::print("Registered {} {} at {} as\n  {}\n\n", options.model, options.serial, options.site, *id);
    return give_ticket(context, *client, *device, *id, options.ticket_file);
}

}  // namespace watchglass::cli

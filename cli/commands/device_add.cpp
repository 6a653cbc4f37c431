// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/codes.h"
#include "cli/commands/commands.h"
#include "cli/commands/registration.h"
#include "cli/commands/ticket_output.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

json::Value request_of(const DeviceAddOptions& options) {
    auto wanted = json::Value::object(
        {{"site", options.site}, {"model", options.model}, {"serial", options.serial}, {"ticket", true}});
    if (!options.dictionary.empty()) wanted.set("dictionary", options.dictionary);
    return wanted;
}

/// The device as `device show` would tell it, without the secret and its time.
json::Value without_ticket(const json::Value& answer) {
    auto device = json::Value::object();
    for (const auto& [name, value] : answer.members()) {
        if (name != "ticket" && name != "ticket_expires_at") device.set(name, value);
    }
    return device;
}

}  // namespace

ExitCode device_add(const Context& context, const DeviceAddOptions& options) {
    if (!options.ticket_file.empty()) {
        if (auto fits = check_writable(options.ticket_file); !fits) return report(context, fits.error());
    }
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto device = register_instrument(*client, request_of(options), fresh_idempotency_key());
    if (!device) return report(context, device.error());
    const auto id = device->text("device");
    if (!id) return report(context, id.error());
    if (!context.json) {
        fmt::print("Registered {} {} at {} as\n  {}\n\n", printable(options.model), printable(options.serial),
                   printable(options.site), *id);
    }
    const auto text = device->text("ticket");
    const auto given =
        text ? give_ticket(context, without_ticket(*device),
                           {*text, device->text_or("ticket_expires_at", "")}, options.ticket_file)
             : Result<void>(failed(text));
    if (given) return ExitCode::done;
    return report(context, Failure{codes::no_ticket, Next::tell_operator,
                                   fmt::format("Registered as {}: watchglass device ticket {}", *id, *id),
                                   given.error().message()});
}

}  // namespace watchglass::cli

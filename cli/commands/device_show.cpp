// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

ExitCode device_show(const Context& context, const std::string& device) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto found = client->call("GET", "/api/v1/devices/" + http::percent_encode(device));
    if (!found) return report(context, found.error());
    if (context.json) {
        fmt::print("{}\n", found->dump());
        return ExitCode::done;
    }
    for (const auto& [name, value] : found->members()) {
        if (value.is_null() || value.is_object() || value.is_array()) continue;
        const auto text = value.is_text() ? value.as_text().value() : value.dump();
        const bool time = name.ends_with("_at") || name == "since" || name == "last_heard";
        fmt::print("{:<16} {}\n", name, time ? local_and_utc(text) : printable(text));
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

/// The reason that somebody gave, or why the platform refused; else nothing that a person needs.
std::string why(const json::Value& entry) {
    const auto* detail = entry.find("detail");
    if (detail == nullptr || !detail->is_object()) return {};
    return detail->text_or("reason", detail->text_or("code", ""));
}

}  // namespace

ExitCode device_history(const Context& context, const DeviceHistoryOptions& options) {
    if (auto fits = check_device_id(options.device); !fits) return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    Table table({"WHEN", "WHO", "WHAT", "WHY"});
    auto items = json::Value::array();
    std::int64_t left = options.limit;
    const auto read =
        each_item(*client, "/v1/devices/" + options.device + "/history", [&](const json::Value& entry) {
            items.push(entry);
            table.add({local_and_utc(entry.text_or("at", "")), printable(entry.text_or("actor", "")),
                       printable(entry.text_or("action", "")), printable(why(entry))});
            return --left != 0;
        });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
    } else if (table.empty()) {
        fmt::print("Nothing was noted of this device.\n");
    } else {
        fmt::print("{}", table.text());
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

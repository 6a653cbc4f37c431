// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

ExitCode device_list(const Context& context) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    Table table({"DEVICE", "STATE", "SITE", "MODEL", "SERIAL"});
    auto items = json::Value::array();
    const auto read = each_item(*client, "/v1/devices", [&](const json::Value& device) {
        items.push(device);
        table.add({device.text_or("device", ""), device.text_or("state", ""),
                   printable(device.text_or("site", "")), printable(device.text_or("model", "")),
                   printable(device.text_or("serial", ""))});
        return true;
    });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
    } else if (table.empty()) {
        fmt::print(
            "No instrument is registered. Register one: watchglass device add --site SITE --model MODEL "
            "--serial SERIAL\n");
    } else {
        fmt::print("{}", table.text());
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

ExitCode latest(const Context& context, const std::string& device) {
    if (auto fits = check_device_id(device); !fits) return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    auto items = json::Value::array();
    // Changed, confirmed unchanged and silent are three different things.
    Table table({"PARAMETER", "VALUE", "UNIT", "STATE", "CHANGED", "CONFIRMED"});
    table.align_right(1);
    std::optional<double> heard;  // seconds ago
    const auto read =
        each_item(*client, "/api/v1/devices/" + http::percent_encode(device) + "/latest",
                  [&](const json::Value& reading) {
                      items.push(reading);
                      if (const auto ago = reading.number("heard_age_s"))
                          heard = std::min(heard.value_or(*ago), *ago);
                      table.add({printable(reading.text_or("parameter", "")), value_text(reading),
                                 printable(reading.text_or("symbol", "")), reading.text_or("freshness", ""),
                                 age(reading.number("changed_age_s").value_or(0)) + " ago",
                                 age(reading.number("confirmed_age_s").value_or(0)) + " ago"});
                      return true;
                  });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
    } else if (table.empty()) {
        fmt::print(
            "Nothing was stored of this instrument yet. Is it enrolled and running? watchglass device show "
            "{}\n",
            device);
    } else {
        // A value that changed the last time it was heard says nothing about whether it is heard now.
        fmt::print("last heard {} ago\n\n{}", age(heard.value_or(0)), table.text());
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

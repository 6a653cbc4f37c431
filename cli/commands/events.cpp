// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

std::string target_of(const EventsOptions& options) {
    auto target = with_range(fmt::format("/api/v1/devices/{}/events", options.device), options.since,
                             options.until, options.limit);
    if (!options.severity.empty()) target += "&severity=" + options.severity;
    return target;
}

/// What it is about: the alarm, of which sub-device.
std::string subject_of(const json::Value& event) {
    const auto sub_device = event.text_or("sub_device", "");
    const auto name = event.text_or("name", "");
    return printable(sub_device.empty() ? name : sub_device + "/" + name);
}

}  // namespace

ExitCode events(const Context& context, const EventsOptions& options) {
    if (auto fits = check_range(options.device, options.since, options.until); !fits)
        return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    std::int64_t count = 0;
    Table table({"TIME (UTC)", "SEVERITY", "WHAT", "NAME", "VALUE", "TEXT"});
    const auto read = each_item(*client, target_of(options), [&](const json::Value& event) {
        ++count;
        if (context.json) {
            fmt::print("{}\n", event.dump());  // one line each: histories are long
        } else {
            const auto severity = event.text_or("severity", "");
            const auto kind = event.text_or("kind", "");
            table.add({event.text_or("t", ""), severity, kind, subject_of(event), value_with_unit(event),
                       printable(event.text_or("text", ""))},
                      kind == "cleared" ? Emphasis::none : emphasis_of(severity));
        }
        return options.limit == 0 || count < options.limit;
    });
    if (!read) return report(context, read.error());
    if (context.json) return ExitCode::done;
    if (table.empty()) {
        fmt::print("Nothing since {}. What stands now: watchglass health {}\n", options.since,
                   options.device);
    } else {
        fmt::print("{}", table.text(colors_wanted()));
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/health.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

void line(const char* name, const std::string& text) { fmt::print("{:<14} {}\n", name, text); }

void show_alarms(const json::Value& health) {
    const auto* alarms = health.find("alarms");
    if (alarms == nullptr || alarms->items().empty()) return;
    Table table({"SEVERITY", "SINCE", "NAME", "VALUE", "TEXT"});
    for (const auto& alarm : alarms->items()) {
        const auto severity = alarm.text_or("severity", "");
        const auto sub_device = alarm.text_or("sub_device", "");
        const auto name = alarm.text_or("name", "");
        table.add({severity, age(alarm.number("raised_age_s").value_or(0)) + " ago",
                   printable(sub_device.empty() ? name : sub_device + "/" + name), value_with_unit(alarm),
                   printable(alarm.text_or("text", ""))},
                  emphasis_of(severity));
    }
    fmt::print("\n{}", table.text(colors_wanted()));
}

void show(const json::Value& health) {
    for (const auto* name : {"device", "site", "model", "serial", "state"})
        line(name, printable(health.text_or(name, "")));
    line("connection", connection_text(health));
    line("heard", heard_text(health));
    line("readings", readings_text(health));
    line("clock", clock_text(health));
    line("lost frames", count_and_day(health, "frames_lost"));
    line("quarantined", count_and_day(health, "quarantined"));
    line("maybe twice", fmt::format("{} frames", health.integer("possible_repeats").value_or(0)));
    line("alarms", alarms_text(health));
    show_alarms(health);
}

ExitCode health_of_one(const Context& context, http::Client& client, const std::string& device) {
    const auto found = client.call("GET", fmt::format("/api/v1/devices/{}/health", device));
    if (!found) return report(context, found.error());
    if (context.json) {
        fmt::print("{}\n", found->dump());
    } else {
        show(*found);
    }
    return ExitCode::done;
}

ExitCode health_of_all(const Context& context, http::Client& client, bool trouble) {
    auto items = json::Value::array();
    Table table({"DEVICE", "MODEL", "SERIAL", "HEARD", "READINGS", "ALARMS", "LOST (DAY)", "QUARANTINED"});
    table.align_right(6);
    table.align_right(7);
    const auto read = each_item(
        client, trouble ? "/api/v1/health?trouble=true" : "/api/v1/health", [&](const json::Value& health) {
            items.push(health);
            table.add(
                {health.text_or("device", ""), printable(health.text_or("model", "")),
                 printable(health.text_or("serial", "")), heard_text(health), readings_text(health),
                 alarms_text(health), fmt::format("{}", health.integer("frames_lost_last_day").value_or(0)),
                 fmt::format("{}", health.integer("quarantined").value_or(0))},
                worse(emphasis_of(health.text_or("staleness", "")),
                      emphasis_of(health.text_or("worst_severity", ""))));
            return true;
        });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
    } else if (table.empty()) {
        fmt::print("{}\n", trouble ? "No instrument is in trouble." : "No instrument is registered.");
    } else {
        fmt::print("{}", table.text(colors_wanted()));
    }
    return ExitCode::done;
}

}  // namespace

ExitCode health(const Context& context, const HealthOptions& options) {
    if (!options.device.empty()) {
        if (auto fits = check_device_id(options.device); !fits) return report(context, fits.error());
    }
    auto client = context.connect();
    if (!client) return report(context, client.error());
    return options.device.empty() ? health_of_all(context, *client, options.trouble)
                                  : health_of_one(context, *client, options.device);
}

}  // namespace watchglass::cli

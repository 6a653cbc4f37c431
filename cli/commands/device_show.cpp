// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/terminal/health.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

void line(const char* name, const std::string& text) { fmt::print("{:<12} {}\n", name, text); }

void show(const json::Value& device) {
    for (const auto* name : {"device", "tenant", "site", "model", "serial", "state"}) {
        line(name, printable(device.text_or(name, "")));
    }
    line("dictionary", printable(device.text_or("dictionary", "none named")));
    line("registered", local_and_utc(device.text_or("created_at", "")));
    line("connection", connection_text(device));
    const bool heard = !device.text_or("heard", "").empty();
    line("last heard", heard ? moment_and_age(device, "heard", "heard_age_s") : "never");
}

}  // namespace

ExitCode device_show(const Context& context, const std::string& device) {
    if (auto fits = check_device_id(device); !fits) return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto found = client->call("GET", "/api/v1/devices/" + device);
    if (!found) return report(context, found.error());
    if (context.json) {
        fmt::print("{}\n", found->dump());
        return ExitCode::done;
    }
    const auto health = client->call("GET", fmt::format("/api/v1/devices/{}/health", device));
    if (!health) return report(context, health.error());
    show(*found);
    line("readings", readings_text(*health));
    line("alarms", alarms_text(*health));
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/checks.h"
#include "cli/commands/commands.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

void line(const char* name, const std::string& text) { fmt::print("{:<12} {}\n", name, text); }

std::string moment_and_age(const json::Value& object, const char* moment, const char* age_s) {
    const auto seconds = object.number(age_s);
    const auto text = local_and_utc(object.text_or(moment, ""));
    return seconds ? fmt::format("{}, {} ago", text, age(*seconds)) : text;
}

std::string connection_of(const json::Value& device) {
    const auto* presence = device.find("presence");
    if (presence == nullptr || !presence->is_object()) return "never connected";
    return fmt::format("{} ({}) since {}", presence->text_or("state", ""),
                       printable(presence->text_or("reason", "")),
                       moment_and_age(*presence, "since", "age_s"));
}

void show(const json::Value& device) {
    for (const auto* name : {"device", "tenant", "site", "model", "serial", "state"}) {
        line(name, printable(device.text_or(name, "")));
    }
    line("dictionary", printable(device.text_or("dictionary", "none named")));
    line("registered", local_and_utc(device.text_or("created_at", "")));
    line("connection", connection_of(device));
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
    } else {
        show(*found);
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

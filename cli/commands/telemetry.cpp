// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

std::string target_of(const TelemetryOptions& options) {
    return with_range(fmt::format("/api/v1/devices/{}/telemetry?parameter={}", options.device,
                                  http::percent_encode(options.parameter)),
                      options.since, options.until, options.limit);
}

/// RFC 4180: quotes around what would otherwise end the field.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? std::string{"\"\""} : std::string{c};
    return out + "\"";
}

}  // namespace

ExitCode telemetry(const Context& context, const TelemetryOptions& options) {
    if (auto fits = check_range(options.device, options.since, options.until); !fits)
        return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    std::int64_t count = 0;
    Table table({"TIME (UTC)", "VALUE", "CLOCK"});
    table.align_right(1);
    if (options.csv) fmt::print("t,value,clock_quality\r\n");
    const auto read = each_item(*client, target_of(options), [&](const json::Value& reading) {
        ++count;
        if (context.json) {
            fmt::print("{}\n", reading.dump());  // one line each: histories are long
        } else if (options.csv) {
            fmt::print("{},{},{}\r\n", reading.text_or("t", ""), csv_field(value_text(reading)),
                       reading.text_or("clock_quality", ""));
        } else {
            table.add({reading.text_or("t", ""), value_text(reading), reading.text_or("clock_quality", "")});
        }
        return options.limit == 0 || count < options.limit;
    });
    if (!read) return report(context, read.error());
    if (context.json || options.csv) return ExitCode::done;
    if (table.empty()) {
        fmt::print(
            "No reading of {} changed since {}. An unchanged value is not stored again: watchglass latest "
            "{}\n",
            options.parameter, options.since, options.device);
    } else {
        fmt::print("{}", table.text());
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/terminal/reading.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

std::string target_of(const TailOptions& options) {
    std::string target = "/api/v1/tail";
    char joint = '?';
    const auto add = [&](const char* name, const std::string& value) {
        if (value.empty()) return;
        target += fmt::format("{}{}={}", joint, name, http::percent_encode(value));
        joint = '&';
    };
    add("device", options.device);
    add("parameter", options.parameter);
    return target;
}

std::string line_of(const json::Value& change) {
    return fmt::format("{}  {}  {:<28} {}", change.text_or("t", ""), change.text_or("device", ""),
                       printable(change.text_or("parameter", "")), value_with_unit(change));
}

}  // namespace

ExitCode tail(const Context& context, const TailOptions& options) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    std::int64_t seen = 0;
    if (!context.json && on_terminal()) fmt::print(stderr, "Readings as they are stored; Ctrl-C ends.\n");
    const auto ended = client->listen(target_of(options), [&](std::string_view event, std::string_view data) {
        if (event != "change") return true;
        const auto change = json::parse(data);
        if (!change) return true;
        fmt::print("{}\n", context.json ? change->dump() : line_of(*change));
        std::fflush(stdout);
        ++seen;
        return options.count == 0 || seen < options.count;
    });
    if (!ended) return report(context, ended.error());
    if (options.count > 0 && seen < options.count) return ExitCode::partly_done;
    return ExitCode::done;
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

/// "stored in another epoch", not lost: what a device moved there after a fork.
std::string meaning_of(const json::Value& gap) {
    if (gap.text_or("what", "") == "possible_repeat") return "may be stored twice";
    return gap.text_or("cause", "") == "transferred" ? "moved to another epoch" : "lost";
}

Emphasis emphasis_of_gap(const std::string& meaning) {
    return meaning == "lost" ? Emphasis::alarm : Emphasis::none;
}

}  // namespace

ExitCode gaps(const Context& context, const GapsOptions& options) {
    if (auto fits = check_range(options.device, options.since, options.until); !fits)
        return report(context, fits.error());
    auto client = context.connect();
    if (!client) return report(context, client.error());
    std::int64_t count = 0;
    Table table({"TOLD (UTC)", "WHAT", "CAUSE", "LANE", "EPOCH", "FROM", "TO", "FRAMES", "CHANGES"});
    for (const std::size_t number : {5U, 6U, 7U, 8U}) table.align_right(number);
    const auto target = with_range(fmt::format("/api/v1/devices/{}/gaps", options.device), options.since,
                                   options.until, options.limit);
    const auto read = each_item(*client, target, [&](const json::Value& gap) {
        ++count;
        if (context.json) {
            fmt::print("{}\n", gap.dump());
        } else {
            const auto meaning = meaning_of(gap);
            const auto changes = gap.integer("changes_lost");
            const auto whole = [&](const char* name) {
                return fmt::format("{}", gap.integer(name).value_or(0));
            };
            table.add({gap.text_or("received", ""), meaning, gap.text_or("cause", "-"),
                       gap.text_or("lane", ""), gap.text_or("epoch", ""), whole("from_seq"), whole("to_seq"),
                       whole("frames"), changes ? fmt::format("{}", *changes) : "-"},
                      emphasis_of_gap(meaning));
        }
        return options.limit == 0 || count < options.limit;
    });
    if (!read) return report(context, read.error());
    if (context.json) return ExitCode::done;
    if (table.empty()) {
        fmt::print("Nothing was lost since {}, and nothing may be stored twice.\n", options.since);
    } else {
        fmt::print("{}", table.text(colors_wanted()));
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

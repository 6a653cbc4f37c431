// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"

namespace watchglass::cli {

namespace {

std::string ago(const json::Value& value, std::string_view key) {
    const auto seconds = value.number(key);
    return seconds ? age(*seconds) + " ago" : "never";
}

/// "watchglass-7:4711"
std::string process_of(const json::Value& owner) {
    return fmt::format("{}:{}", printable(owner.text_or("host", "")), owner.integer("pid").value_or(0));
}

std::vector<std::string> row_of(const json::Value& shard, const json::Value* owner) {
    const auto devices = fmt::format("{}", shard.integer("devices").value_or(0));
    const auto heard = ago(shard, "heard_age_s");
    if (owner == nullptr) return {shard.text_or("shard", ""), "nobody", "-", "-", devices, heard, "-", "-"};
    return {shard.text_or("shard", ""),
            printable(owner->text_or("name", "")),
            process_of(*owner),
            ago(*owner, "since_age_s"),
            devices,
            heard,
            fmt::format("{}", owner->integer("waiting").value_or(0)),
            fmt::format("{:.1f} s", owner->number("lag_seconds").value_or(0))};
}

}  // namespace

ExitCode shards(const Context& context) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    auto items = json::Value::array();
    Table table({"SHARD", "OWNER", "PROCESS", "SINCE", "DEVICES", "LAST HEARD", "WAITING", "LAG"});
    for (const std::size_t column : {4u, 6u, 7u}) table.align_right(column);
    std::string unserved;
    const auto read = each_item(*client, "/api/v1/shards", [&](const json::Value& shard) {
        items.push(shard);
        const auto* owner = shard.find("owner");
        if (owner != nullptr && owner->is_null()) owner = nullptr;
        if (owner == nullptr) unserved += (unserved.empty() ? "" : ", ") + shard.text_or("shard", "");
        table.add(row_of(shard, owner));
        return true;
    });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
        return ExitCode::done;
    }
    fmt::print("{}\nWAITING and LAG are those of the whole process.\n", table.text());
    if (!unserved.empty()) {
        fmt::print(
            "Nobody serves {}: what their instruments send waits in their journals. A running "
            "watchglass-ingestd takes them within two seconds; if none does, look into its log.\n",
            unserved);
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

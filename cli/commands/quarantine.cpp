// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/commands/pages.h"
#include "cli/terminal/table.h"
#include "libs/foundation/bytes.h"

namespace watchglass::cli {

namespace {

void print_bytes(const json::Value& entry) {
    const auto bytes = from_base64(entry.text_or("bytes", ""));
    if (!bytes) return;
    constexpr std::size_t in_a_line = 16;
    fmt::print("bytes ({}):\n", bytes->size());
    for (std::size_t at = 0; at < bytes->size(); at += in_a_line) {
        const auto part = ByteSpan{*bytes}.subspan(at, std::min(in_a_line, bytes->size() - at));
        std::string text;
        for (const auto byte : part) text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
        fmt::print("  {:06x}  {:<32}  {}\n", at, to_hex(part), text);
    }
}

}  // namespace

ExitCode quarantine_list(const Context& context) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    auto items = json::Value::array();
    Table table({"ID", "RECEIVED (UTC)", "DEVICE", "REASON", "STATE", "BYTES"});
    table.align_right(5);
    const auto read = each_item(*client, "/api/v1/quarantine", [&](const json::Value& entry) {
        items.push(entry);
        table.add({fmt::format("{}", entry.integer("id").value_or(0)), entry.text_or("received", ""),
                   entry.text_or("device", "-"), printable(entry.text_or("code", "")),
                   entry.text_or("state", ""), fmt::format("{}", entry.integer("size").value_or(0))});
        return true;
    });
    if (!read) return report(context, read.error());
    if (context.json) {
        fmt::print("{}\n", items.dump());
    } else if (table.empty()) {
        fmt::print("Nothing is in quarantine.\n");
    } else {
        fmt::print("{}\nOne entry with its reason and bytes: watchglass quarantine show ID\n", table.text());
    }
    return ExitCode::done;
}

ExitCode quarantine_show(const Context& context, std::int64_t id) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto entry = client->call("GET", fmt::format("/api/v1/quarantine/{}", id));
    if (!entry) return report(context, entry.error());
    if (context.json) {
        fmt::print("{}\n", entry->dump());
        return ExitCode::done;
    }
    for (const auto* name :
         {"device", "topic", "lane", "epoch", "received", "code", "reason", "detail", "next_step", "state"}) {
        const auto text = entry->text_or(name, "");
        if (!text.empty())
            fmt::print("{:<10} {}\n", name,
                       std::string_view{name} == "received" ? local_and_utc(text) : printable(text));
    }
    print_bytes(*entry);
    return ExitCode::done;
}

ExitCode quarantine_replay(const Context& context, std::int64_t id) {
    auto client = context.connect();
    if (!client) return report(context, client.error());
    const auto answer =
        client->call("POST", fmt::format("/v1/quarantine/{}/replay", id), json::Value::object());
    if (!answer) return report(context, answer.error());
    if (context.json) {
        fmt::print("{}\n", answer->dump());
    } else {
        fmt::print("Asked ingest to read it again. See what became of it: watchglass quarantine show {}\n",
                   id);
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

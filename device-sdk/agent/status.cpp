// SPDX-License-Identifier: Apache-2.0
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "device-sdk/agent/commands.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/file.h"
#include "libs/json/json.h"

namespace watchglass::agent {
namespace {

json::Value moment(const std::optional<WallTime>& at) {
    return at ? json::Value{to_rfc3339(*at)} : json::Value{};
}

std::string shown(const json::Value& value) {
    if (value.is_null()) return "never";
    if (const auto text = value.as_text()) return text->empty() ? "none" : *text;
    return value.dump();
}

}  // namespace

void write_status(const std::filesystem::path& directory, const device::LinkStatus& status,
                  std::string_view source, bool running) {
    const auto document = json::Value::object({
        {"device", status.device},
        {"source", source},
        {"running", running},
        {"pid", static_cast<std::int64_t>(::getpid())},
        {"at", to_rfc3339(SystemClock{}.wall())},
        {"connected", running && status.connected},
        {"last_error", status.last_error},
        {"recorded", status.recorded},
        {"backlog", status.backlog},
        {"oldest_unstored", moment(status.oldest_unstored)},
        {"last_stored", moment(status.last_stored)},
        {"bytes_on_disk", status.bytes_on_disk},
        {"bytes_in_memory", status.bytes_in_memory},
        {"dropped", status.dropped},
    });
    // Only for people to look at: without it the agent works as well.
    (void)write_file_atomically(directory / "status.json", document.dump(2) + "\n", 0644);
}

ExitCode status(const Arguments& arguments) {
    std::error_code error;
    const auto path = arguments.directory / "status.json";
    if (!std::filesystem::exists(path, error)) {
        fmt::print(stderr, "No agent has run with {}.\n", arguments.directory.string());
        return ExitCode::not_found;
    }
    const auto text = read_file(path, 64u << 10);
    if (!text) return report(text.error());
    const auto document = json::parse(*text);
    if (!document) return report(document.error());
    if (arguments.json) {
        fmt::print("{}\n", document->dump());
        return ExitCode::done;
    }
    for (const auto& [name, value] : document->members()) fmt::print("{:<16} {}\n", name, shown(value));
    return ExitCode::done;
}

}  // namespace watchglass::agent

// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/state_file.h"

#include <string>

#include "broker-bridge/access/codes.h"
#include "broker-bridge/access/protocol.h"
#include "libs/foundation/file.h"

namespace watchglass::broker {

namespace {

constexpr std::size_t largest_file = 1u << 30;

tl::unexpected<Failure> unusable(const std::filesystem::path& file, const std::string& why) {
    return failed(Failure{codes::state_unusable, Next::tell_operator, file.string() + ": " + why, ""});
}

}  // namespace

Result<void> save_state(const std::filesystem::path& file, const Snapshot& snapshot) {
    std::string text;
    for (const auto& part : in_parts(snapshot)) text += to_line(part) + "\n";
    return write_file_atomically(file, text, 0600);
}

Result<Snapshot> load_state(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
        if (error) return unusable(file, error.message());
        return Snapshot{};
    }
    const auto text = read_file(file, largest_file);
    if (!text) return failed(text);

    Snapshot whole;
    bool more = true;
    std::string_view rest = *text;
    while (more) {
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) return unusable(file, "It ends too early.");
        const auto line = read_to_plugin(rest.substr(0, end));
        rest.remove_prefix(end + 1);
        if (!line) return unusable(file, line.error().message());
        const auto* part = std::get_if<SnapshotPart>(&*line);
        if (part == nullptr) return unusable(file, "It holds more than a snapshot.");
        whole.through = part->part.through;
        whole.allow.insert(whole.allow.end(), part->part.allow.begin(), part->part.allow.end());
        more = part->more;
    }
    return whole;
}

}  // namespace watchglass::broker

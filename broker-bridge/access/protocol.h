// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker-bridge/access/access_table.h"
#include "broker-bridge/presence/presence_change.h"
#include "libs/foundation/result.h"

/// What the broker's plugin and watchglass-bridged say to each other: JSON, one object a line
/// (docs/formats/access-stream.md).
namespace watchglass::broker {

inline constexpr std::size_t longest_line = 1u << 20;  ///< bytes; longer ones are an error
inline constexpr std::size_t entries_per_line = 2000;  ///< of a list that goes over many lines

/// The plugin's first words: the number its table holds, 0 for an empty one.
struct Hello {
    std::int64_t have = 0;
};
/// The plugin's table and its copy on disk hold everything through this number.
struct Confirmed {
    std::int64_t through = 0;
};
/// A part of the list of connected devices; with `more` false, everybody not in the list since the first part is away.
struct PresentPart {
    std::vector<PresenceChange> devices;
    bool more = false;
};
/// Totals since the broker started.
struct Counts {
    std::int64_t admitted = 0;
    std::int64_t denied_operations = 0;
    std::map<std::string, std::int64_t> refused;  ///< by code
    friend bool operator==(const Counts&, const Counts&) = default;
};
using FromPlugin = std::variant<Hello, Confirmed, PresenceChange, PresentPart, Counts>;

/// A part of a snapshot; the table changes with the last one, whole.
struct SnapshotPart {
    Snapshot part;
    bool more = false;
};
using ToPlugin = std::variant<SnapshotPart, Change>;

/// Without the line feed.
[[nodiscard]] std::string to_line(const FromPlugin& message);
[[nodiscard]] std::string to_line(const ToPlugin& message);
Result<FromPlugin> read_from_plugin(std::string_view line);  ///< broker.malformed_line
Result<ToPlugin> read_to_plugin(std::string_view line);      ///< broker.malformed_line

/// In parts of entries_per_line, at least one.
[[nodiscard]] std::vector<SnapshotPart> in_parts(const Snapshot& snapshot);
[[nodiscard]] std::vector<PresentPart> in_parts(const std::vector<PresenceChange>& present);

}  // namespace watchglass::broker

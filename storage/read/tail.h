// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/postgres/listener.h"
#include "storage/read/scope.h"

/// The live tail: what was committed, once each, in the order of the commits.
///
/// Every commit of ingest NOTIFYs its number on `tail_channel` and leaves a row in `commits` that names the stream
/// positions it added. Listen first, then read each commit that is announced: nothing is lost or repeated while the
/// Listener lives.
namespace watchglass::storage {

inline constexpr const char* tail_channel = "watchglass_committed";

/// One change as the tail shows it.
struct TailChange {
    DeviceId device;
    TenantNumber tenant{};
    std::string sub_device;
    std::string parameter;
    std::string unit;
    WallTime t;
    std::optional<double> value;
    std::optional<std::string> text;
    ClockQuality clock_quality = ClockQuality::unknown;
    WallTime received;
};

struct TailFilter {
    std::optional<DeviceId> device;
    std::optional<std::string> parameter;
};

/// The commit's number out of a notification's payload; nothing when it is not one.
std::optional<std::int64_t> parse_commit_number(const std::string& payload);

/// What one commit added and this scope may see; runs in a transaction of its own. Within a stream in order.
Result<std::vector<TailChange>> read_commit(Connection& connection, const ReadScope& scope,
                                            std::int64_t commit, const TailFilter& filter);

}  // namespace watchglass::storage

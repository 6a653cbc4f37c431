// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "schemas/values/identifiers.h"
#include "storage/postgres/connection.h"

/// The access list as a broker's bridge reads it: numbered changes, and their sum.
namespace watchglass::storage {

/// NOTIFYed with each change.
inline constexpr const char* access_channel = "watchglass_access";

struct AccessEntry {
    DeviceId device;
    security::Sha256 fingerprint{};
};
struct AccessChange {
    std::int64_t n = 0;
    bool allow = false;
    AccessEntry entry;
};
struct AccessSnapshot {
    std::int64_t through = 0;  ///< number of the latest change in it
    std::vector<AccessEntry> allowed;
};

/// Everything at one moment.
Result<AccessSnapshot> read_access_snapshot(Connection& connection);

/// The changes after number `n` in order, at most `most`. Nothing when one cannot go on from `n`: it is higher than
/// any that was given (a restored database), or what follows it was pruned.
Result<std::optional<std::vector<AccessChange>>> read_access_changes(Connection& connection, std::int64_t n,
                                                                     std::size_t most);

/// The broker holds everything through `n`, also after its next restart. Tells those who wait for it.
Result<void> record_broker_access(Connection& connection, std::string_view broker, std::int64_t n);

}  // namespace watchglass::storage

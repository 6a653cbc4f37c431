// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/identifiers.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

struct PresenceRow {
    DeviceId device;
    bool connected = false;
    std::string reason;
    WallTime since{};
};

/// Keeps the latest word about each device: an older one than the table holds changes nothing, and devices that the
/// registry does not know are skipped. At most one row a device.
Result<void> store_presence(Connection& connection, std::string_view broker,
                            const std::vector<PresenceRow>& rows);

/// These are connected to this broker; whoever else was is disconnected now, `broker_restarted`.
Result<void> replace_presence(Connection& connection, std::string_view broker,
                              const std::vector<PresenceRow>& rows);

}  // namespace watchglass::storage

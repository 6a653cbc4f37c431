// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/read/scope.h"

namespace watchglass::storage {

/// What the broker said last about the connection.
struct DevicePresence {
    std::string state;   ///< connected, disconnected
    std::string reason;  ///< admitted, closed, timed_out, lost ...
    WallTime since;      ///< by the broker's machine
};

struct DeviceSummary {
    DeviceId id;
    TenantNumber tenant{};
    std::string tenant_name;
    std::string site, model, serial, state;
    std::optional<std::string> dictionary;
    WallTime created_at;
    std::optional<WallTime> heard;           ///< last received anything
    std::optional<DevicePresence> presence;  ///< nothing: it never connected
};

struct DevicePage {
    std::vector<DeviceSummary> items;
    std::optional<std::string> next;
};

/// By device id, ascending.
Result<DevicePage> list_devices(UnitOfWork& unit, const Page& page);
/// Nothing when there is none in this scope.
Result<std::optional<DeviceSummary>> show_device(UnitOfWork& unit, const DeviceId& device);

}  // namespace watchglass::storage

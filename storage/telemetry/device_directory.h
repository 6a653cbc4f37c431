// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"
#include "storage/telemetry/rows.h"

/// What ingest must know of a device to store its frames. The registry itself is storage/registry.
namespace watchglass::storage {

struct KnownDevice {
    DeviceId id;
    DeviceKey key;
    std::string state;  ///< registered, enrolled, quarantined, suspended, revoked, retired
    RetentionClass retention{1};
    Microseconds keep{0};  ///< how long its data is kept: older times are replaced by the received time
};

/// Every device of these shards, a letter each. Changes are NOTIFYed on `watchglass_devices` with the device id as payload.
Result<std::vector<KnownDevice>> load_devices(Connection& connection, std::string_view shards);
Result<std::optional<KnownDevice>> find_device(Connection& connection, const DeviceId& device);

}  // namespace watchglass::storage

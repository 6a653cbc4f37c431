// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/identifiers.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// NOTIFYed by whoever updates broker_access.
inline constexpr const char* broker_confirmation_channel = "watchglass_access_confirmed";

/// The number of the access change that every broker has taken in; nothing while no broker ever reported.
Result<std::optional<std::int64_t>> confirmed_by_every_broker(Connection& connection);

// The next two take the lock that orders access changes, so they come last in their unit of work.

/// No certificate of the device may connect any more, whoever let it in.
Result<void> withdraw_access(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device);
/// Every certificate of the device that is issued and not expired at `now` may connect again.
Result<void> restore_access(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device, WallTime now);

/// The number of the last change of what the device's certificates may do; 0 when there was none.
Result<std::int64_t> latest_access_change(UnitOfWork& unit, const DeviceKey& key);

}  // namespace watchglass::storage

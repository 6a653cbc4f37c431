// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/postgres/connection.h"
#include "storage/telemetry/rows.h"
#include "test/faults/support/history_checker.h"

namespace watchglass::faults {

/// Everything that the tables hold of one instrument. As the superuser: row-level security hides nothing.
/// Whether the latest values hold all that is stored of the instrument: they follow the commits, and say how far they are.
bool latest_is_current(storage::Connection& connection, const storage::DeviceKey& device);

/// Waits until the latest values are current.
History read_history(storage::Connection& connection, const storage::DeviceKey& device);

}  // namespace watchglass::faults

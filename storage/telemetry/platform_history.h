// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// The id that Stored messages carry: another one after a restore from backup, so that devices believe a lower
/// stored_through.
Result<std::uint64_t> platform_history(Connection& connection);

/// Starts another history: to be called once after a restore, by `watchglass-migrate new-history`.
Result<std::uint64_t> begin_new_history(Connection& connection);

}  // namespace watchglass::storage

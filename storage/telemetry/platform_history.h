// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// The id that Stored messages carry: another one after a restore from backup, so that devices believe a lower
/// stored_through.
Result<std::uint64_t> platform_history(Connection& connection);

/// Begins another history, unless one has begun since `believed` was valid; answers the one that is valid now. `witness`:
/// the device that had been told of more than is stored (at most one history a minute on such a word), or empty when an
/// operator says so.
Result<std::uint64_t> begin_new_history(Connection& connection, std::uint64_t believed,
                                        std::string_view witness);

}  // namespace watchglass::storage

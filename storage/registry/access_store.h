// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// NOTIFYed by whoever updates broker_access.
inline constexpr const char* broker_confirmation_channel = "watchglass_access_confirmed";

/// The number of the access change that every broker has taken in; nothing while no broker ever reported.
Result<std::optional<std::int64_t>> confirmed_by_every_broker(Connection& connection);

}  // namespace watchglass::storage

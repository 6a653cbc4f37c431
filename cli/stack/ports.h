// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "libs/foundation/result.h"

namespace watchglass::cli {

/// The public port: the one asked for, else 443 when it may be opened and is free, else 8443. Says who forbids it
/// (stack.port_taken) instead of letting the front door die later.
Result<std::uint16_t> choose_public_port(std::optional<std::uint16_t> asked);

/// A free TCP port of the loopback interface.
Result<std::uint16_t> free_loopback_port();

}  // namespace watchglass::cli

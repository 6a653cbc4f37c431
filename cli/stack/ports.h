// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "libs/foundation/file.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// A socket that listens already, and its port.
struct ListeningPort {
    UniqueFd socket;
    std::uint16_t port = 0;
};

/// Opens the public port on all addresses: the one asked for (0: any free one), else the one of `last_time`, else 443
/// when it may be opened and is free, else 8443. Fails with stack.port_taken.
Result<ListeningPort> open_public_port(std::optional<std::uint16_t> asked,
                                       std::optional<std::uint16_t> last_time = std::nullopt);

/// A free TCP port of the loopback interface.
Result<std::uint16_t> free_loopback_port();

}  // namespace watchglass::cli

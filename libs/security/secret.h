// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "libs/foundation/result.h"

namespace watchglass::security {

/// 128 bits that nobody can guess: the secret of an enrollment ticket.
using Secret = std::array<std::uint8_t, 16>;

/// From OpenSSL's private generator (seeded by the kernel). Fails with security.crypto_failed.
Result<Secret> generate_secret();

/// A random (version 4) UUID as a URI: `urn:uuid:...` (RFC 4122).
Result<std::string> generate_uuid_urn();

}  // namespace watchglass::security

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/clock.h"
#include "schemas/values/identifiers.h"

namespace watchglass::broker {

/// A device came or went, as its broker saw it.
struct PresenceChange {
    DeviceId device;
    bool connected = false;
    std::string
        reason;  ///< why it went: `closed`, `timed_out`, `denied`, `taken_over`...; `admitted` when it came
    WallTime at{};  ///< by the broker's machine
    friend bool operator==(const PresenceChange&, const PresenceChange&) = default;
};

}  // namespace watchglass::broker

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace watchglass::mqtt {

/// Sets TCP_NODELAY on every TCP connection of this process whose other end has this port. The MQTT library offers no way to
/// ask for it, and without it the kernel holds a small message back until the broker's next acknowledgement, which comes
/// after up to 40 ms when the broker has nothing to say.
void send_promptly_to(std::uint16_t port);

}  // namespace watchglass::mqtt

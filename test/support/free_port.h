// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace watchglass::test {

/// A loopback TCP port that nobody uses and that no other test asking here gets while this process lives: for
/// programs that cannot choose one themselves. Prefer port 0 where a server can say which one it got.
std::uint16_t free_port();

}  // namespace watchglass::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "libs/foundation/bytes.h"

namespace watchglass::security {

using Sha256 = std::array<std::uint8_t, 32>;

/// FIPS 180-4.
Sha256 sha256(ByteSpan bytes);

/// SHA-256 over pieces. One thread.
class Sha256Stream {
public:
    Sha256Stream();
    ~Sha256Stream();
    Sha256Stream(Sha256Stream&&) noexcept;
    Sha256Stream& operator=(Sha256Stream&&) noexcept;
    void update(ByteSpan bytes);
    Sha256 finish();  ///< once; starts over

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Equal, in a time that depends only on the lengths: for secrets and their hashes.
bool equal_in_constant_time(ByteSpan a, ByteSpan b);

}  // namespace watchglass::security

// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/random.h"

#include <array>
#include <cstdlib>

#include <errno.h>
#include <sys/random.h>

namespace watchglass {

std::uint64_t Rng::next_u64() {
    std::array<std::uint8_t, 8> bytes{};
    fill(bytes);
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = (value << 8) | byte;
    return value;
}

double Rng::next_unit() {
    // A double holds 53 bits exactly: taking more would round some draws up to 1.
    return static_cast<double>(next_u64() >> 11) * 0x1.0p-53;
}

void SystemRng::fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const ssize_t got = getrandom(out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) std::abort();
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

}  // namespace watchglass

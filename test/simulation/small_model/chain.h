// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace watchglass::small_model {

using Small = std::uint8_t;

/// Which reading a frame carries: 1, 2, 3 ... in the order of observation, over all devices.
using Identity = int;

/// What a place holds that carries no reading: "something may have been lost here".
constexpr Identity nothing = 15;

/// A hash chain without its hash: all that was said in a stream up to some place, in order. Two chains are equal when
/// and only when the same was said in each place, which is what SHA-256 promises the product.
class Chain {
public:
    static constexpr int most = 7;

    [[nodiscard]] int size() const { return static_cast<int>(packed_ >> 28); }
    /// Places count from 1.
    [[nodiscard]] Identity at(int place) const {
        return static_cast<Identity>((packed_ >> (4 * (place - 1))) & 15U);
    }
    [[nodiscard]] Chain through(int place) const {
        const std::uint32_t kept = (std::uint32_t{1} << (4 * place)) - 1;
        return Chain{(packed_ & kept) | static_cast<std::uint32_t>(place) << 28};
    }
    [[nodiscard]] Chain then(Identity identity) const {
        const std::uint32_t said = (packed_ & 0x0fffffffU) | static_cast<std::uint32_t>(identity)
                                                                 << (4 * size());
        return Chain{said | static_cast<std::uint32_t>(size() + 1) << 28};
    }

    Chain() = default;
    friend auto operator<=>(const Chain&, const Chain&) = default;

private:
    explicit Chain(std::uint32_t packed) : packed_(packed) {}
    std::uint32_t packed_ = 0;  // the number of places in the upper 4 bits, the first place in the lowest 4
};

}  // namespace watchglass::small_model

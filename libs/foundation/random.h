// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace watchglass {

/// Where randomness comes from. Thread-safe. Tests and simulations hand down a seeded one.
class Rng {
public:
    virtual ~Rng() = default;
    virtual void fill(std::span<std::uint8_t> out) = 0;
    /// Uniform over all 64-bit numbers.
    std::uint64_t next_u64();
    /// Uniform in [0, 1).
    double next_unit();
};

/// getrandom(2). Fit for keys, epochs and tickets. Aborts the process if the kernel has no entropy to give.
class SystemRng final : public Rng {
public:
    void fill(std::span<std::uint8_t> out) override;
};

}  // namespace watchglass

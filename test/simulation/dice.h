// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "libs/foundation/random.h"

namespace watchglass::simulation {

/// Random numbers for one concern of one seed. Two concerns never draw from one another, so that taking a step out of a
/// plan leaves all other draws as they were. An Rng too: what the product draws from.
class Dice final : public Rng {
public:
    Dice(std::uint64_t seed, std::string_view concern, std::uint64_t number = 0) : state_(seed) {
        for (const char c : concern) state_ = mixed(state_ ^ static_cast<std::uint8_t>(c));
        state_ = mixed(state_ ^ number);
    }

    std::uint64_t draw() { return mixed(state_ += 0x9e3779b97f4a7c15u); }
    /// Uniform in [0, n); 0 for n == 0.
    std::uint64_t below(std::uint64_t n) { return n == 0 ? 0 : draw() % n; }
    std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
    bool chance(double p) { return static_cast<double>(draw() >> 11) * 0x1.0p-53 < p; }

    void fill(std::span<std::uint8_t> out) override {
        for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(draw());
    }

private:
    /// The finalizer of splitmix64.
    static std::uint64_t mixed(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }
    std::uint64_t state_;
};

}  // namespace watchglass::simulation

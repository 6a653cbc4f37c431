// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"

namespace watchglass {

/// The finest step of a parameter that means something, as a decimal: `numerator / 10^decimals`
/// (0.001 is {1, 3}; 0.25 is {25, 2}; 10 is {10, 0}).
///
/// Being decimal, a multiple of it is the double nearest to the printed number, so a value travels as a small
/// integer and comes out bit for bit as it went in.
class Resolution {
public:
    constexpr Resolution() = default;  ///< 1
    /// `numerator` in 1..10^15, `decimals` in 0..15.
    constexpr Resolution(std::int64_t numerator, int decimals) : numerator_(numerator), decimals_(decimals) {}

    /// A positive decimal without exponent, at most 15 digits after the point and 15 before it: "0.0001". Zeros at
    /// the end of the fraction are dropped, so that equal resolutions compare equal.
    static Result<Resolution> parse(std::string_view text);

    /// n such that value(n) == v bit for bit; nothing when v is no multiple (or beyond 2^53 steps, NaN, infinite, -0.0).
    [[nodiscard]] std::optional<std::int64_t> steps(double v) const;
    /// The double nearest to n times the resolution. Needs valid_steps(n).
    [[nodiscard]] double value(std::int64_t n) const {
        // One correctly rounded division of two exact doubles.
        return static_cast<double>(n * numerator_) / powers_of_ten[static_cast<std::size_t>(decimals_)];
    }
    /// |n * numerator| stays within 2^53: value(n) is exact.
    [[nodiscard]] bool valid_steps(std::int64_t n) const {
        std::int64_t scaled = 0;
        return !__builtin_mul_overflow(n, numerator_, &scaled) && scaled >= -exact_integers &&
               scaled <= exact_integers;
    }
    /// The nearest multiple of the resolution (never -0.0); v itself where that is beyond 2^53 steps.
    [[nodiscard]] double round(double v) const;

    [[nodiscard]] std::string text() const;                   ///< "0.0001"
    [[nodiscard]] int decimals() const { return decimals_; }  ///< digits after the point when printing
    [[nodiscard]] std::int64_t numerator() const { return numerator_; }
    /// 10^decimals: value(n) is n * numerator / divisor.
    [[nodiscard]] double divisor() const { return powers_of_ten[static_cast<std::size_t>(decimals_)]; }

    friend bool operator==(const Resolution&, const Resolution&) = default;

private:
    static constexpr std::int64_t exact_integers = std::int64_t{1} << 53;
    static constexpr std::array<double, 16> powers_of_ten{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                          1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

    std::int64_t numerator_ = 1;
    int decimals_ = 0;
};

}  // namespace watchglass

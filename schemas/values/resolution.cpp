// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/resolution.h"

#include <bit>
#include <cfloat>
#include <cmath>

#include "schemas/values/codes.h"

// value() relies on one correctly rounded division of two exact doubles.
static_assert(FLT_EVAL_METHOD == 0 && DBL_MANT_DIG == 53,
              "doubles must be IEEE 754 binary64 without excess precision");

namespace watchglass {
namespace {

constexpr int most_digits = 15;

bool same_bits(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Resolution> Resolution::parse(std::string_view text) {
    const auto refused = [&] { return failed(Failure{codes::malformed_resolution, Next::give_up, {}, {}}); };
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (whole.empty() || (point != std::string_view::npos && fraction.empty())) return refused();
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (whole.size() + fraction.size() > most_digits + 1 || fraction.size() > most_digits) return refused();

    std::int64_t numerator = 0;
    for (const auto part : {whole, fraction}) {
        for (const char c : part) {
            if (!is_digit(c)) return refused();
            numerator = numerator * 10 + (c - '0');
        }
    }
    if (numerator <= 0 || numerator > std::int64_t{1'000'000'000'000'000}) return refused();
    return Resolution{numerator, static_cast<int>(fraction.size())};
}

std::optional<std::int64_t> Resolution::steps(double v) const {
    const double guess =
        v * powers_of_ten[static_cast<std::size_t>(decimals_)] / static_cast<double>(numerator_);
    if (!(std::fabs(guess) <= static_cast<double>(exact_integers)))
        return std::nullopt;  // NaN and infinity too
    const auto nearest = static_cast<std::int64_t>(std::nearbyint(guess));
    // The product above is rounded, so with many steps the guess may be one off.
    for (const std::int64_t n : {nearest, nearest - 1, nearest + 1}) {
        if (valid_steps(n) && same_bits(value(n), v)) return n;
    }
    return std::nullopt;
}

double Resolution::round(double v) const {
    const double guess = std::nearbyint(v * powers_of_ten[static_cast<std::size_t>(decimals_)] /
                                        static_cast<double>(numerator_));
    if (!(std::fabs(guess) <= static_cast<double>(exact_integers))) return v;
    const auto n = static_cast<std::int64_t>(guess);
    return valid_steps(n) ? value(n) : v;
}

std::string Resolution::text() const {
    std::string digits = std::to_string(numerator_);
    if (decimals_ == 0) return digits;
    const auto after = static_cast<std::size_t>(decimals_);
    if (digits.size() <= after) digits.insert(0, after + 1 - digits.size(), '0');
    digits.insert(digits.size() - after, 1, '.');
    return digits;
}

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#include "schemas/values/resolution.h"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "schemas/values/codes.h"

using watchglass::Resolution;

namespace {

bool same_bits(double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// n steps of 10^-decimals as a file would print them, with or without zeros at the end.
std::string printed(std::int64_t n, int decimals, bool trimmed) {
    std::string text = Resolution{std::abs(n) == 0 ? 1 : std::abs(n), decimals}.text();
    if (n == 0) text = "0";
    if (trimmed && text.find('.') != std::string::npos) {
        while (text.back() == '0') text.pop_back();
        if (text.back() == '.') text.pop_back();
    }
    return (n < 0 ? "-" : "") + text;
}

}  // namespace

TEST_CASE("a resolution is read as the decimal it is", "[schemas][resolution]") {
    CHECK(Resolution::parse("0.0001").value() == Resolution{1, 4});
    CHECK(Resolution::parse("0.25").value() == Resolution{25, 2});
    CHECK(Resolution::parse("10").value() == Resolution{10, 0});
    CHECK(Resolution::parse("1.0").value() == Resolution{});
    CHECK(Resolution::parse("0.000000000000001").value() == Resolution{1, 15});
    for (const auto* text : {"0.0001", "0.25", "10", "1", "2.5", "0.000000000000001"}) {
        CHECK(Resolution::parse(text).value().text() == text);
    }
    for (const auto* text : {"", "0", "0.0", "-1", "+1", "1e-3", ".5", "5.", "1.2.3", "0.0000000000000001",
                             " 1", "1 ", "0x1", "12345678901234567890", "nan", "1,5"}) {
        INFO(text);
        const auto refused = Resolution::parse(text);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == watchglass::codes::malformed_resolution);
    }
}

TEST_CASE("a printed number is a whole count of steps and comes back bit for bit", "[schemas][resolution]") {
    std::mt19937_64 random{42};
    for (const int decimals : {0, 1, 3, 4, 6, 7, 9, 12}) {
        const Resolution resolution{1, decimals};
        for (int round = 0; round < 20'000; ++round) {
            const auto magnitude = static_cast<std::int64_t>(random() >> (11 + random() % 50));
            const std::int64_t n = random() % 2 == 0 ? magnitude : -magnitude;
            const double read = std::strtod(printed(n, decimals, round % 2 == 0).c_str(), nullptr);
            if (n == 0) continue;  // "-0" and "0" have their own test
            const auto steps = resolution.steps(read);
            REQUIRE(steps.has_value());
            REQUIRE(same_bits(resolution.value(*steps), read));
        }
    }
}

TEST_CASE("what is no multiple of the resolution is not mistaken for one", "[schemas][resolution]") {
    const Resolution milli{1, 3};
    CHECK_FALSE(milli.steps(0.0005).has_value());
    CHECK_FALSE(milli.steps(std::nextafter(1.001, 2)).has_value());
    CHECK_FALSE(milli.steps(0.1 + 0.2).has_value());
    CHECK_FALSE(milli.steps(-0.0).has_value());
    CHECK_FALSE(milli.steps(std::numeric_limits<double>::quiet_NaN()).has_value());
    CHECK_FALSE(milli.steps(std::numeric_limits<double>::infinity()).has_value());
    CHECK_FALSE(milli.steps(1e300).has_value());
    CHECK(milli.steps(0.0) == 0);
    CHECK(Resolution{25, 2}.steps(-0.75) == -3);
    CHECK_FALSE(Resolution{25, 2}.steps(0.3).has_value());
}

TEST_CASE("rounding lands on the grid, and leaves alone what the grid cannot hold", "[schemas][resolution]") {
    const Resolution milli{1, 3};
    CHECK(same_bits(milli.round(1.0014999), 1.001));
    CHECK(same_bits(milli.round(-0.0001), 0.0));
    CHECK(same_bits(milli.round(1e300), 1e300));
    CHECK(std::isnan(milli.round(std::numeric_limits<double>::quiet_NaN())));
    CHECK(Resolution{10, 0}.round(14.9) == 10);
    std::mt19937_64 random{3};
    std::uniform_real_distribution<double> any{-1e6, 1e6};
    for (int i = 0; i < 10'000; ++i) REQUIRE(milli.steps(milli.round(any(random))).has_value());
}

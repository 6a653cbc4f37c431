// SPDX-License-Identifier: Apache-2.0
#include "storage/history/chunk.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <random>

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::storage::history;

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t hour = 491'000 * hour_us;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();
const Resolution thousandth{1, 3};

bool same(const Reading& a, const Reading& b) {
    return a.t_us == b.t_us &&
           std::bit_cast<std::uint64_t>(a.number) == std::bit_cast<std::uint64_t>(b.number) &&
           a.text == b.text && (a.text.data() == nullptr) == (b.text.data() == nullptr) &&
           a.shift_us == b.shift_us && a.quality == b.quality;
}

/// Through a chunk and back.
std::vector<Reading> there_and_back(std::vector<Reading> readings, const Resolution& resolution) {
    const Chunk chunk = encode(readings, resolution);
    std::vector<Reading> out;
    decode(chunk, out);
    return out;
}

void check_unchanged(std::vector<Reading> readings, const Resolution& resolution) {
    const auto out = there_and_back(readings, resolution);
    std::sort(readings.begin(), readings.end(), precedes);
    REQUIRE(out.size() == readings.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
        INFO(i << ": " << readings[i].t_us << ' ' << readings[i].number);
        REQUIRE(same(out[i], readings[i]));
    }
}

std::vector<Reading> every_second(const std::vector<double>& values) {
    std::vector<Reading> out;
    for (std::size_t i = 0; i < values.size(); ++i)
        out.push_back({.t_us = hour + static_cast<std::int64_t>(i) * second_us, .number = values[i]});
    return out;
}

}  // namespace

TEST_CASE("readings at an even pace need no times, and small steps two bytes each") {
    std::vector<double> values;
    for (int i = 0; i < 3600; ++i) values.push_back(thousandth.value(230'000 + (i * 7919) % 65'536));
    auto readings = every_second(values);
    const Chunk chunk = encode(readings, thousandth);
    CHECK(chunk.unit_us == second_us);
    CHECK(chunk.offsets2.empty());
    CHECK(chunk.offsets4.empty());
    CHECK(chunk.steps2.size() == 3600);
    CHECK(chunk.shifts_us.empty());
    check_unchanged(readings, thousandth);
}

TEST_CASE("values that use only every tenth step are counted in tens") {
    auto readings = every_second({0, 0.01, 400, 600, 655.35});
    CHECK(encode(readings, thousandth).steps2.size() == 5);
    check_unchanged(readings, thousandth);
}

TEST_CASE("offsets and steps take the narrowest integers that hold them") {
    const auto at = [](std::int64_t offset_us, double value) {
        return Reading{.t_us = hour + offset_us, .number = value};
    };
    SECTION("a span of 65,535 units is the most for two bytes") {
        std::vector<Reading> readings = {at(0, 0), at(1, 65.535), at(65'535, 1)};
        CHECK(encode(readings, thousandth).offsets2.size() == 3);
        CHECK(encode(readings, thousandth).steps2.size() == 3);
        check_unchanged(readings, thousandth);
    }
    SECTION("one more needs four") {
        std::vector<Reading> readings = {at(0, 0), at(1, 65.536), at(65'536, 0.001)};
        CHECK(encode(readings, thousandth).offsets4.size() == 3);
        CHECK(encode(readings, thousandth).steps4.size() == 3);
        check_unchanged(readings, thousandth);
    }
    SECTION("the whole hour to the microsecond, and the whole range of steps") {
        std::vector<Reading> readings = {at(0, -2'147'483.648), at(1, 0), at(hour_us - 1, 2'147'483.647)};
        CHECK(encode(readings, thousandth).steps4.size() == 3);
        check_unchanged(readings, thousandth);
    }
    SECTION("what does not fit is kept as it is") {
        std::vector<Reading> readings = {at(0, -9e12), at(1, 0.001), at(2, 9e12)};
        CHECK(encode(readings, thousandth).numbers.size() == 3);
        check_unchanged(readings, thousandth);
    }
}

TEST_CASE("values beside the resolution come out bit for bit") {
    check_unchanged(every_second({1.0 / 3, -0.0, 0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2}),
                    thousandth);
}

TEST_CASE("equal readings in another order make the same chunk") {
    std::vector<Reading> readings;
    for (const double v : {2.0, 1.0, -0.0, 0.0, -3.0})
        for (const auto quality : {ClockQuality::set, ClockQuality::unknown})
            readings.push_back({.t_us = hour, .number = v, .shift_us = 5, .quality = quality});
    auto turned = readings;
    std::reverse(turned.begin(), turned.end());
    const Chunk a = encode(readings, thousandth), b = encode(turned, thousandth);
    CHECK(a.qualities == b.qualities);
    CHECK(a.numbers == b.numbers);
    CHECK(a.summary->last == 2.0);
}

TEST_CASE("the header sums up the values as a function that holds each until the next") {
    auto readings = every_second({4, 1, 1, 10});
    const auto sum = encode(readings, Resolution{}).summary;
    REQUIRE(sum);
    CHECK(sum->min == 1);
    CHECK(sum->max == 10);
    CHECK(sum->sum == 16);
    CHECK(sum->first == 4);
    CHECK(sum->last == 10);
    CHECK(sum->area == 6);
}

TEST_CASE("texts have no summary, and an empty text is not a missing one") {
    std::vector<Reading> readings = {{.t_us = hour, .number = no_number, .text = "stirring"},
                                     {.t_us = hour + 1, .number = no_number, .text = ""},
                                     {.t_us = hour + 2, .number = no_number}};
    CHECK(!encode(readings, Resolution{}).summary);
    check_unchanged(readings, Resolution{});
}

TEST_CASE("a device clock that nobody can express stays so, another comes back to the microsecond") {
    constexpr std::int64_t t = hour;
    CHECK(shift_of(t - 3600 * second_us, t) == -3600 * second_us);
    for (const std::int64_t device_us :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        CHECK(shift_of(device_us, t) == inexpressible_shift_us);
    std::vector<Reading> readings = {{.t_us = t, .number = 1, .shift_us = 7},
                                     {.t_us = t + 1, .number = 1, .shift_us = 8}};
    CHECK(encode(readings, thousandth).shifts_us.size() == 2);
    check_unchanged(readings, thousandth);
}

TEST_CASE("random readings come back, whatever they are made of") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        std::mt19937_64 dice(seed);
        const auto upto = [&](std::int64_t most) {
            return std::uniform_int_distribution<std::int64_t>(0, most)(dice);
        };
        const Resolution resolution{upto(3) == 0 ? 25 : 1, static_cast<int>(upto(7))};
        const std::int64_t unit =
            std::vector<std::int64_t>{1, 1000, second_us}[static_cast<std::size_t>(upto(2))];
        const std::int64_t reach =
            std::vector<std::int64_t>{10, 100'000, 4'000'000'000}[static_cast<std::size_t>(upto(2))];
        std::vector<Reading> readings;
        for (std::int64_t n = upto(300); n >= 0; --n) {
            const std::int64_t steps = upto(reach) - reach / 2;
            readings.push_back({.t_us = hour + upto((hour_us - 1) / unit) * unit,
                                .number = resolution.valid_steps(steps) && upto(500) != 0
                                              ? resolution.value(steps)
                                              : std::normal_distribution<double>(0, 1e3)(dice),
                                .shift_us = upto(1),
                                .quality = static_cast<ClockQuality>(upto(3))});
        }
        check_unchanged(readings, resolution);
    }
}

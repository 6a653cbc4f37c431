// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "libs/foundation/clock.h"
#include "schemas/values/identifiers.h"
#include "schemas/values/resolution.h"

/// One series' readings of one hour as the columns of `series_chunks`, and back, bit for bit. Knows no database.
namespace watchglass::storage::history {

inline constexpr std::int64_t hour_us = 3'600'000'000;
inline constexpr std::int64_t day_us = 24 * hour_us;

/// The unit of time that `us` lies in, counted from 1970.
[[nodiscard]] constexpr std::int64_t floor_to(std::int64_t us, std::int64_t unit) {
    return us - ((us % unit) + unit) % unit;
}

/// A device clock that no timestamp can express, as a shift: stays beyond what SQL's device_time() expresses.
inline constexpr std::int64_t inexpressible_shift_us = 9'219'000'000'000'000'000;
/// What a device's clock said, as its difference from `t_us`.
[[nodiscard]] std::int64_t shift_of(std::int64_t device_us, std::int64_t t_us);

struct Reading {
    std::int64_t t_us = 0;
    double number = 0;           ///< NaN: none
    std::string_view text = {};  ///< without data: none; belongs to whoever made the reading
    std::int64_t shift_us = 0;   ///< shift_of()
    ClockQuality quality = ClockQuality::unknown;
};

/// The order of a chunk: by time, then by value and whatever else differs, so that equal readings stand alike however they
/// came.
[[nodiscard]] bool precedes(const Reading& a, const Reading& b);

/// Columns of one row; empty vectors are NULL.
struct Chunk {
    std::int32_t count = 0;
    std::int64_t first_us = 0, last_us = 0;
    std::int64_t base_us = 0, unit_us = 0;
    /// Over the numbers; nothing when there are none.
    struct Summary {
        double min = 0, max = 0, sum = 0, first = 0, last = 0;
        double area = 0;  ///< value-seconds from the first number to the last
        friend bool operator==(const Summary&, const Summary&) = default;
    };
    std::optional<Summary> summary;
    /// value = (base + scale * step) / divisor
    struct Scale {
        std::int64_t base = 0, scale = 0;
        double divisor = 1;
        friend bool operator==(const Scale&, const Scale&) = default;
    };
    std::optional<Scale> scale;
    std::optional<std::int64_t> shift_us;
    std::optional<ClockQuality> quality;
    std::vector<std::int16_t> offsets2, steps2, qualities;
    std::vector<std::int32_t> offsets4, steps4;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
    std::vector<std::int64_t> shifts_us;
};

/// `readings`: at least one, all of one hour. Sorts them; the chunk's texts are theirs.
[[nodiscard]] Chunk encode(std::vector<Reading>& readings, const Resolution& resolution);

/// Appends the readings of a chunk; their texts are the chunk's.
void decode(const Chunk& chunk, std::vector<Reading>& out);

}  // namespace watchglass::storage::history

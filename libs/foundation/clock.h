// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"

namespace watchglass {

using Microseconds = std::chrono::microseconds;

/// A moment on a clock that never jumps and means nothing outside this boot. For time-outs and durations.
struct SteadyTime {
    std::int64_t us = 0;
    friend constexpr auto operator<=>(const SteadyTime&, const SteadyTime&) = default;
    friend constexpr SteadyTime operator+(SteadyTime t, Microseconds d) { return {t.us + d.count()}; }
    friend constexpr Microseconds operator-(SteadyTime a, SteadyTime b) { return Microseconds{a.us - b.us}; }
};

/// A moment in the world: microseconds since 1970-01-01T00:00:00Z, without leap seconds. It may be wrong and
/// may jump; anything that measures elapsed time takes SteadyTime instead.
struct WallTime {
    std::int64_t us = 0;
    friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;
    friend constexpr WallTime operator+(WallTime t, Microseconds d) { return {t.us + d.count()}; }
    friend constexpr Microseconds operator-(WallTime a, WallTime b) { return Microseconds{a.us - b.us}; }
};

/// Where time comes from. One reference is handed down from main; tests hand down a ManualClock.
/// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
    [[nodiscard]] virtual WallTime wall() const = 0;
};

/// CLOCK_BOOTTIME and CLOCK_REALTIME: steady time goes on while the machine is suspended.
class SystemClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] WallTime wall() const override;
};

/// RFC 3339 in UTC with microseconds: `2026-11-20T20:26:01.000250Z`. Trailing zeros of the fraction are kept.
/// Years outside 0000..9999 are written as `us:<number>`.
std::string to_rfc3339(WallTime time);

/// RFC 3339 with a zone (`Z` or `+hh:mm`), 0 to 9 digits of fraction (beyond microseconds cut off).
Result<WallTime> parse_rfc3339(std::string_view text);

/// A duration as people type it: `90s`, `15m`, `6h`, `30d`, `250ms`, `50us`. Never negative.
Result<Microseconds> parse_duration(std::string_view text);
/// The same the other way round, in the largest unit that is exact: 90 s is `90s`, 120 s is `2m`.
std::string to_duration_text(Microseconds duration);

}  // namespace watchglass

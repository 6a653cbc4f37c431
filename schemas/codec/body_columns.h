// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

/// What the numbers in a Body's columns mean; shared by the encoder and the decoder.
namespace watchglass::codec::columns {

/// The low two bits of an entry of `keys`.
enum class Kind : std::uint32_t { scaled_same_time = 0, scaled = 1, raw = 2, text = 3 };

inline constexpr std::uint32_t kind_bits = 2;
inline constexpr std::uint32_t kind_mask = 3;
/// Of an entry of `confirmed`: takes the next time delta.
inline constexpr std::uint32_t own_time_bit = 1;

/// Microseconds a time unit, by its number on the wire.
inline constexpr std::array<std::int64_t, 3> time_units{1, 1'000, 1'000'000};

}  // namespace watchglass::codec::columns

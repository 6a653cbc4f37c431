// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <string>

/// PostgreSQL's binary formats: everything is big-endian, times count from 2000-01-01.
namespace watchglass::storage::encoding {

/// 1970-01-01 to 2000-01-01.
inline constexpr std::int64_t postgres_epoch_us = 946'684'800'000'000;
/// The range a timestamptz can hold (4713 BC to 294276 AD), in microseconds since 1970.
inline constexpr std::int64_t least_time_us = -210'866'803'200'000'000;
inline constexpr std::int64_t most_time_us = 9'223'371'331'199'999'999;

/// Type numbers of the built-in types; PostgreSQL never changes them.
namespace oid {
inline constexpr std::uint32_t boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25,
                               float8 = 701, timestamptz = 1184, interval = 1186;
inline constexpr std::uint32_t bytea_array = 1001, int2_array = 1005, int4_array = 1007, text_array = 1009,
                               int8_array = 1016, float8_array = 1022, timestamptz_array = 1185,
                               boolean_array = 1000;
}  // namespace oid

inline void store_u16(char* at, std::uint16_t v) {
    at[0] = static_cast<char>(v >> 8);
    at[1] = static_cast<char>(v);
}
inline void store_u32(char* at, std::uint32_t v) {
    v = __builtin_bswap32(std::endian::native == std::endian::little ? v : __builtin_bswap32(v));
    __builtin_memcpy(at, &v, 4);
}
inline void store_u64(char* at, std::uint64_t v) {
    v = __builtin_bswap64(std::endian::native == std::endian::little ? v : __builtin_bswap64(v));
    __builtin_memcpy(at, &v, 8);
}

inline std::uint16_t load_u16(const char* at) {
    return static_cast<std::uint16_t>((static_cast<std::uint8_t>(at[0]) << 8) |
                                      static_cast<std::uint8_t>(at[1]));
}
inline std::uint32_t load_u32(const char* at) {
    std::uint32_t v;
    __builtin_memcpy(&v, at, 4);
    return std::endian::native == std::endian::little ? __builtin_bswap32(v) : v;
}
inline std::uint64_t load_u64(const char* at) {
    std::uint64_t v;
    __builtin_memcpy(&v, at, 8);
    return std::endian::native == std::endian::little ? __builtin_bswap64(v) : v;
}

inline void append_u16(std::string& out, std::uint16_t v) {
    char raw[2];
    store_u16(raw, v);
    out.append(raw, 2);
}
inline void append_u32(std::string& out, std::uint32_t v) {
    char raw[4];
    store_u32(raw, v);
    out.append(raw, 4);
}
inline void append_u64(std::string& out, std::uint64_t v) {
    char raw[8];
    store_u64(raw, v);
    out.append(raw, 8);
}

/// Microseconds since 1970 as timestamptz counts them; the nearest representable moment outside its range.
constexpr std::int64_t to_postgres_time(std::int64_t us) {
    if (us < least_time_us) us = least_time_us;
    if (us > most_time_us) us = most_time_us;
    return us - postgres_epoch_us;
}

}  // namespace watchglass::storage::encoding

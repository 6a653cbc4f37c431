// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What may travel at most. The encoder and the decoder keep to the same figures, so a device finds out first.
namespace watchglass::codec::limits {

inline constexpr std::size_t envelope_bytes = 128 * 1024;
inline constexpr std::size_t body_bytes = 64 * 1024;
inline constexpr std::size_t session_bytes = 64 * 1024;  ///< Hello, Stored, Status

inline constexpr std::size_t changes = 120;
inline constexpr std::size_t confirmations = 1000;
inline constexpr std::size_t events = 32;
inline constexpr std::size_t streams = 256;  ///< in one Hello or Stored
inline constexpr std::size_t probes = 8;     ///< of one stream in a Hello

/// Between the earliest and the latest time of a frame's changes and confirmations. Queries widen by this much.
inline constexpr std::chrono::microseconds span = std::chrono::minutes{15};

inline constexpr std::size_t text_value_bytes = 4096;
inline constexpr std::size_t event_text_bytes = 512;
inline constexpr std::size_t name_bytes = 128;    ///< dictionary, sub-device, event, software
inline constexpr std::size_t reason_bytes = 256;  ///< of a Status

/// Years 1 to 9999 of the Gregorian calendar: what a clock may claim, however wrong.
inline constexpr std::int64_t earliest_us = -62'135'596'800'000'000;
inline constexpr std::int64_t latest_us = 253'402'300'799'999'999;

}  // namespace watchglass::codec::limits

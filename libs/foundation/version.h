// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace watchglass {

inline constexpr std::string_view product_version =
    "0.1.0";                                 ///< SemVer of everything that is released together
inline constexpr int wire_version = 1;       ///< envelopes and bodies on MQTT
inline constexpr int journal_version = 1;    ///< segments on an instrument's disk
inline constexpr int database_version = 70;  ///< number of the newest migration

/// What `--version` prints: `watchglass-ingestd 0.1.0 (wire 1, journal 1, database 1)`.
std::string version_line(std::string_view program);

}  // namespace watchglass

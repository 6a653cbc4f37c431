// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/fleet/fleet_platform.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

namespace watchglass::bench {

/// What an instrument records while it is cut off.
struct Outage {
    std::chrono::seconds length{0};
    std::chrono::seconds frame_every{30};
    int changes_least = 20;  ///< a frame
    int changes_most = 60;
    [[nodiscard]] int frames() const { return static_cast<int>(length / frame_every); }
};

struct Backlog {
    std::uint64_t frames = 0;
    std::uint64_t changes = 0;
    std::uint64_t body_bytes = 0;
    /// SHA-256, in hexadecimal, of all frames in order: number, the device's time, and a sum over values and their places.
    std::string digest;
};

/// The parameter whose first value in a frame of a backlog is the frame's number, in steps of 0.0001.
inline constexpr ParameterNumber backlog_serial{5};
/// An SQL query for device_id, frames and digest of every backlog that is stored, over device ids `$devices`.
std::string backlog_query(const std::string& devices);

/// Writes an outage that ends now into the journal under `directory`, by the journal's own code, with times of then.
/// The journal is closed in order. Throws when the disk does not take it.
Backlog write_backlog(const Outage& outage, FleetPlatform& platform, const std::filesystem::path& directory,
                      const Dictionary& dictionary, BootId boot, std::uint64_t seed);

/// How the instruments of a fleet keep their journals.
std::uint64_t fleet_journal_bytes(Lane lane);
std::uint32_t fleet_segment_bytes(Lane lane);

}  // namespace watchglass::bench

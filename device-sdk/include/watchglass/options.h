// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "libs/security/connection_policy.h"
#include "schemas/values/dictionary.h"

namespace watchglass::device {

class Platform;

/// When changes that wait become a frame, and when frames are made durable. Shown to the customer.
struct TelemetryPolicy {
    std::chrono::milliseconds flush_interval{1000};  ///< longest a change waits for company, 0 to 15 min
    std::size_t flush_bytes = 2048;                  ///< a frame of about this size goes at once
    std::chrono::milliseconds sync_interval{5000};   ///< longest a frame waits for the disk
    std::size_t sync_bytes = std::size_t{64} << 10;  ///< as much waiting is synced at once
};

/// How an instrument is opened.
struct Options {
    std::filesystem::path directory;  ///< state: `identity/` (from enroll()) and `journal/`
    Dictionary dictionary;            ///< what this instrument may report
    std::string software;             ///< "acme-cycler 3.1", shown on the platform
    TelemetryPolicy telemetry;
    std::uint64_t journal_bytes = std::uint64_t{256} << 20;  ///< both lanes; a tenth is reserved for events
    std::optional<security::HttpProxy> proxy;  ///< the environment's proxy settings are not used
    Platform* platform = nullptr;              ///< null: linux_platform()
};

}  // namespace watchglass::device

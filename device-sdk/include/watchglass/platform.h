// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "libs/foundation/clock.h"
#include "libs/foundation/log.h"
#include "libs/foundation/random.h"
#include "schemas/values/identifiers.h"
#include <watchglass/disk.h>

namespace watchglass::device {

/// What the instrument gives the SDK, on one page. An instrument with an operating system of its own implements this;
/// linux_platform() is the one for Linux.
///
/// It outlives every Device opened with it. clock(), entropy(), clock_quality() and log() are called from the caller's
/// threads and from the SDK's worker; the Disk only from the worker (and from open and close).
class Platform {
public:
    virtual ~Platform() = default;
    /// Steady time never jumps; wall time may.
    [[nodiscard]] virtual const Clock& clock() const = 0;
    /// How far wall time can be trusted now.
    [[nodiscard]] virtual ClockQuality clock_quality() const = 0;
    /// Fit for keys; differs between units booted together.
    [[nodiscard]] virtual Rng& entropy() = 0;
    /// Durable storage under a name (a directory on Linux), exclusively ours until the Disk is destroyed.
    virtual Result<std::unique_ptr<Disk>> open_disk(const std::filesystem::path& where) = 0;
    /// One line for whoever services the instrument. Nothing secret, no readings.
    virtual void log(log::Level level, std::string_view event, std::string_view message) = 0;
};

/// CLOCK_BOOTTIME and CLOCK_REALTIME, adjtimex(2), getrandom(2), files, and the log of libs/foundation.
std::unique_ptr<Platform> linux_platform();

}  // namespace watchglass::device

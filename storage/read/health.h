// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/values/frame.h"
#include "storage/read/devices.h"
#include "storage/read/scope.h"

namespace watchglass::storage {

/// What is known of a device's clock: told once a boot, and again when its quality got better.
struct DeviceClock {
    ClockQuality quality = ClockQuality::unknown;
    double error_seconds = 0;  ///< the device's clock minus ours, the way to us included
    WallTime checked;
};

/// One row of the view `device_health`.
struct DeviceHealth {
    DeviceId id;
    std::string site, model, serial, state;
    std::optional<DevicePresence> presence;
    std::optional<WallTime> heard;
    std::string staleness;  ///< live, late, silent, never
    std::optional<WallTime> newest_reading;
    bool catching_up = false;  ///< sends what waited, beside what is new
    std::optional<DeviceClock> clock;
    std::int64_t active_alarms = 0;
    std::optional<std::string> worst_severity;  ///< of the active alarms
    std::int64_t parameters = 0, parameters_silent = 0;
    std::int64_t frames_lost = 0, frames_lost_last_day = 0;
    std::int64_t quarantined = 0, quarantined_last_day = 0;
    std::int64_t possible_repeats = 0;
};

struct HealthPage {
    std::vector<DeviceHealth> items;
    std::optional<std::string> next;
};

/// Which devices a list shows. In trouble: enrolled, and not live, or with an active alarm above info, silent
/// parameters, something in quarantine, or something lost within a day.
enum class HealthOf { all, in_trouble };

/// By device id, ascending.
Result<HealthPage> list_health(UnitOfWork& unit, HealthOf which, const Page& page);
/// Nothing when there is none in this scope.
Result<std::optional<DeviceHealth>> health_of(UnitOfWork& unit, const DeviceId& device);

}  // namespace watchglass::storage

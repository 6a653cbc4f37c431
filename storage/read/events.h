// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schemas/values/frame.h"
#include "storage/read/scope.h"

namespace watchglass::storage {

/// One row of the view `events`.
struct DeviceEvent {
    WallTime t;
    WallTime received;
    std::string sub_device;  ///< empty: the device itself
    std::string kind;        ///< raised, changed, cleared, state
    std::string severity;    ///< info, warning, alarm
    std::string name;
    std::optional<std::string> parameter;
    std::optional<std::string> unit;
    std::optional<double> value;
    std::string text;
    ClockQuality clock_quality = ClockQuality::unknown;
    std::optional<WallTime> device_t;  ///< nothing when it is beyond what a database can express
};

struct EventQuery {
    DeviceId device;
    WallTime since;  ///< inclusive
    WallTime until;  ///< exclusive
    Severity least = Severity::info;
    std::optional<std::string> sub_device;  ///< nothing: the device and all of its sub-devices
    Page page;
};

struct EventPage {
    std::vector<DeviceEvent> items;  ///< by t, newest first
    std::optional<std::string> next;
};

/// foundation.invalid_argument when the cursor is not one of ours.
Result<EventPage> list_events(UnitOfWork& unit, const EventQuery& query);

/// One row of the view `active_alarms`.
struct ActiveAlarm {
    std::string sub_device;
    std::string name;
    std::string severity;
    WallTime raised;
    WallTime t;  ///< of the last word about it
    std::optional<std::string> parameter;
    std::optional<std::string> unit;
    std::optional<double> value;
    std::string text;
};

/// The worst first, the longest standing first.
Result<std::vector<ActiveAlarm>> active_alarms_of(UnitOfWork& unit, const DeviceId& device);

}  // namespace watchglass::storage

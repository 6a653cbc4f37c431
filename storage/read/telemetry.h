// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/read/scope.h"

namespace watchglass::storage {

/// One row of the function `telemetry()`.
struct Sample {
    WallTime t;
    std::optional<double> value;
    std::optional<std::string> text;
    ClockQuality clock_quality = ClockQuality::unknown;
    std::optional<WallTime> device_t;  ///< nothing when it is beyond what a database can express
};

struct TelemetryQuery {
    DeviceId device;
    std::string parameter;
    WallTime since;  ///< inclusive
    WallTime until;  ///< exclusive
    std::string sub_device;
    Page page;
};

struct SamplePage {
    std::vector<Sample> items;  ///< by t, ascending
    std::optional<std::string> next;
};

/// foundation.invalid_argument when the cursor is not one of ours.
Result<SamplePage> read_telemetry(UnitOfWork& unit, const TelemetryQuery& query);

/// True when some dictionary declares a parameter of this name: to tell a misspelling from an empty answer.
Result<bool> parameter_is_declared(UnitOfWork& unit, const std::string& parameter);

}  // namespace watchglass::storage

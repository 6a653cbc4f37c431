// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/read/scope.h"

namespace watchglass::storage {

/// One row of the view `latest`.
struct LatestReading {
    std::string sub_device;  ///< empty: the device itself
    std::string parameter;
    std::string unit;
    std::string type;  ///< number, integer, boolean, enumeration, text
    std::optional<double> value;
    std::optional<std::string> text;  ///< of a text; the label of an enumeration
    WallTime changed;
    WallTime confirmed;
    WallTime heard;
    std::string freshness;  ///< changed, confirmed, silent
};

/// By sub-device and parameter. Empty when the device is unknown or has said nothing.
Result<std::vector<LatestReading>> latest_of(UnitOfWork& unit, const DeviceId& device);

}  // namespace watchglass::storage

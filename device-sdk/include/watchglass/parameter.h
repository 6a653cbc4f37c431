// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/parameter_handle.h"

namespace watchglass::device {

class Device;

/// One parameter of an open Device, with the type its dictionary gives it. Cheap to copy; valid as long as the Device.
///
///     auto block = device.parameter(dictionaries::thermal_cycler::block_temperature);
///     block.set(94.98);
template <class T>
class Parameter {
public:
    Parameter(Device& device, std::uint32_t number) : device_(&device), number_(number) {}

    /// A reading taken now. Never waits for disk or network. Fails with frame.not_finite and the like, and records
    /// nothing then; a dropped repeat is success.
    Result<void> set(T value);
    /// A reading taken at a known time (device clock): replays and instruments with their own sampling clock.
    Result<void> set(T value, WallTime at);

private:
    Device* device_;
    std::uint32_t number_;
};

}  // namespace watchglass::device

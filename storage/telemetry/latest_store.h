// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/copy_buffer.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/latest.h"

namespace watchglass::storage {

/// The latest value of every parameter, one row of arrays per device. Table `latest_values`.
/// One thread.
class LatestStore {
public:
    /// Locks the rows of the frames' devices, applies the frames in the order given and writes them back.
    Result<void> apply(UnitOfWork& unit, std::span<const FrameRow> frames);

    /// Only the sign of life: a Hello, or frames that carried nothing. Never moves `heard` back.
    Result<void> heard(UnitOfWork& unit, std::span<const std::pair<DeviceKey, WallTime>> devices);

private:
    Result<void> learn_types(UnitOfWork& unit);
    Result<void> write(UnitOfWork& unit, std::span<const LatestState> states);
    std::uint32_t row_type_ = 0;    ///< PostgreSQL's number of the type watchglass.latest_values, asked once
    std::uint32_t array_type_ = 0;  ///< and of watchglass.latest_values[]
    CopyBuffer record_;
};

}  // namespace watchglass::storage

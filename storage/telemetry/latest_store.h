// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/copy_buffer.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/latest.h"

namespace watchglass::storage {

/// A device, or one of its sub-devices.
struct LatestKey {
    DeviceKey device;
    std::string sub_device;
    friend auto operator<=>(const LatestKey&, const LatestKey&) = default;
    friend bool operator==(const LatestKey&, const LatestKey&) = default;
};
using LatestNewsByKey = std::map<LatestKey, LatestNews>;

/// Adds frames in the order given.
void add_to_news(LatestNewsByKey& news, std::span<const FrameRow> frames);

/// The latest value of every parameter, one row of arrays per device. Table `latest_values`.
/// One thread.
class LatestStore {
public:
    /// Locks the rows, applies the news and writes them back. In whatever order several writers do this, and however often,
    /// the rows end up the same.
    Result<void> apply(UnitOfWork& unit, const LatestNewsByKey& news);

private:
    Result<void> learn_types(UnitOfWork& unit);
    Result<void> write(UnitOfWork& unit, std::span<const LatestState> states);
    std::uint32_t row_type_ = 0;    ///< PostgreSQL's number of the type watchglass.latest_values, asked once
    std::uint32_t array_type_ = 0;  ///< and of watchglass.latest_values[]
    CopyBuffer record_;
};

}  // namespace watchglass::storage

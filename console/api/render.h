// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/json/json.h"
#include "storage/read/devices.h"
#include "storage/read/events.h"
#include "storage/read/gaps.h"
#include "storage/read/health.h"
#include "storage/read/latest.h"
#include "storage/read/quarantine.h"
#include "storage/read/shards.h"

/// Rows as JSON, the way the API shows them.
namespace watchglass::console {

json::Value time_or_null(const std::optional<WallTime>& time);
/// A text, a number, or for a boolean true and false.
json::Value value_json(const std::optional<double>& number, const std::optional<std::string>& text,
                       const std::string& type = {});

json::Value to_json(const storage::DeviceSummary& device, WallTime now);
json::Value to_json(const storage::LatestReading& reading, WallTime now);
json::Value to_json(const storage::DeviceHealth& health, WallTime now);
json::Value to_json(const storage::ActiveAlarm& alarm, WallTime now);
json::Value to_json(const storage::DeviceEvent& event);
json::Value to_json(const storage::DeviceGap& gap);
/// With the sentence and next step of its reason; bytes in base64 when they are there.
json::Value to_json(const storage::QuarantineItem& item);
json::Value to_json(const storage::ShardState& shard, WallTime now);

}  // namespace watchglass::console

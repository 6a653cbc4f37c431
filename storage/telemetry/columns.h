// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "storage/postgres/rows.h"
#include "storage/telemetry/rows.h"

/// How the stores' values look as columns. For the .cpp files of storage.
namespace watchglass::storage::columns {

inline std::int16_t of(Lane lane) { return static_cast<std::int16_t>(lane); }
inline std::int16_t of(ClockQuality quality) { return static_cast<std::int16_t>(quality); }
inline std::int64_t of(Epoch epoch) { return static_cast<std::int64_t>(epoch.value()); }
inline std::int64_t of(StreamSeq seq) { return static_cast<std::int64_t>(seq.value()); }
inline std::int64_t of(BootId boot) { return static_cast<std::int64_t>(boot.value()); }

inline DeviceKey device_key(const Row& row, int tenant_column) {
    return {TenantNumber{row.int32(tenant_column)}, DeviceNumber{row.int32(tenant_column + 1)}};
}
inline StreamId stream_id(const Row& row, int lane_column) {
    return {static_cast<Lane>(row.int16(lane_column)), Epoch{row.uint64(lane_column + 1)}};
}
inline Chain chain(ByteSpan bytes) {
    Chain out{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), out.size()), out.begin());
    return out;
}

/// Stream keys as four parallel arrays: tenant, device, lane, epoch.
struct StreamKeys {
    explicit StreamKeys(std::size_t count) {
        tenants.reserve(count);
        devices.reserve(count);
        lanes.reserve(count);
        epochs.reserve(count);
    }
    void add(const DeviceKey& device, const StreamId& stream) {
        tenants.push_back(device.tenant.value());
        devices.push_back(device.device.value());
        lanes.push_back(of(stream.lane));
        epochs.push_back(of(stream.epoch));
    }
    std::vector<std::int32_t> tenants, devices;
    std::vector<std::int16_t> lanes;
    std::vector<std::int64_t> epochs;
};

}  // namespace watchglass::storage::columns

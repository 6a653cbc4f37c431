// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ingest/pipeline/ports.h"
#include "libs/foundation/clock.h"
#include "storage/postgres/connection_pool.h"
#include "storage/telemetry/device_directory.h"

namespace watchglass::ingest {

/// The device registry, remembered. A device that may report is remembered until forget(); any other is asked about
/// again after a second, so that an enrollment is never waited for long. One thread.
class RegistryCache final : public DeviceRegistry {
public:
    static constexpr Microseconds doubt_life{1'000'000};

    RegistryCache(storage::ConnectionPool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

    Result<std::vector<std::optional<Registration>>> look_up(std::span<const DeviceId> devices) override;

    /// Reads whole shards ahead.
    Result<void> preload(storage::Connection& connection, std::string_view shards);
    /// The registry changed: the payload of `watchglass_devices`.
    void forget(const DeviceId& device) { known_.erase(device); }
    void forget_all() { known_.clear(); }

private:
    struct Entry {
        std::optional<Registration> registration;
        SteadyTime asked;
    };
    [[nodiscard]] bool fresh(const Entry& entry, SteadyTime now) const;
    Result<void> ask(const DeviceId& device, SteadyTime now);

    storage::ConnectionPool& pool_;
    const Clock& clock_;
    std::map<DeviceId, Entry> known_;
};

}  // namespace watchglass::ingest

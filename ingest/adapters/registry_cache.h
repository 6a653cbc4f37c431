// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>

#include "ingest/pipeline/ports.h"
#include "libs/foundation/clock.h"
#include "storage/postgres/connection_pool.h"
#include "storage/telemetry/device_directory.h"

namespace watchglass::ingest {

/// The device registry, remembered. A device that may report is remembered until forget(); any other is asked about
/// again after a second, so that an enrollment is never waited for long. Thread-safe.
class RegistryCache final : public DeviceRegistry {
public:
    static constexpr Microseconds doubt_life{1'000'000};

    RegistryCache(storage::ConnectionPool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

    Result<std::vector<std::optional<Registration>>> look_up(std::span<const DeviceId> devices) override;

    /// Reads whole shards ahead.
    Result<void> preload(storage::Connection& connection, std::string_view shards);
    /// The registry changed: the payload of `watchglass_devices`.
    void forget(const DeviceId& device);
    void forget_all();

private:
    struct Entry {
        std::optional<Registration> registration;
        SteadyTime asked;
    };
    [[nodiscard]] static bool fresh(const Entry& entry, SteadyTime now);
    Result<std::optional<Registration>> ask(const DeviceId& device);

    storage::ConnectionPool& pool_;
    const Clock& clock_;
    std::mutex mutex_;  ///< of the next two
    std::map<DeviceId, Entry> known_;
    std::uint64_t forgotten_ = 0;  ///< how often: an answer from before is not remembered
};

}  // namespace watchglass::ingest

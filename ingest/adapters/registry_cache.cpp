// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/registry_cache.h"

namespace watchglass::ingest {
namespace {

Registration registration_of(const storage::KnownDevice& device) {
    return {.owner = device.key,
            .keeping = {.retention = device.retention, .keep = device.keep},
            .may_report = device.state == "enrolled"};
}

}  // namespace

Result<std::vector<std::optional<Registration>>> RegistryCache::look_up(std::span<const DeviceId> devices) {
    const SteadyTime now = clock_.steady();
    std::vector<std::optional<Registration>> answers;
    answers.reserve(devices.size());
    for (const DeviceId& device : devices) {
        auto found = known_.find(device);
        if (found == known_.end() || !fresh(found->second, now)) {
            if (const auto asked = ask(device, now); !asked) return failed(asked);
            found = known_.find(device);
        }
        answers.push_back(found->second.registration);
    }
    return answers;
}

Result<void> RegistryCache::preload(storage::Connection& connection, std::string_view shards) {
    const auto devices = storage::load_devices(connection, shards);
    if (!devices) return failed(devices);
    const SteadyTime now = clock_.steady();
    for (const auto& device : *devices) known_[device.id] = {registration_of(device), now};
    return {};
}

bool RegistryCache::fresh(const Entry& entry, SteadyTime now) const {
    return (entry.registration && entry.registration->may_report) || now - entry.asked < doubt_life;
}

Result<void> RegistryCache::ask(const DeviceId& device, SteadyTime now) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    const auto found = storage::find_device(**connection, device);
    if (!found) return failed(found);
    known_[device] = {*found ? std::optional(registration_of(**found)) : std::nullopt, now};
    return {};
}

}  // namespace watchglass::ingest

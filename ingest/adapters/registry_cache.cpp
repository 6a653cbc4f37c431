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
    std::unique_lock lock(mutex_);
    for (const DeviceId& device : devices) {
        if (const auto found = known_.find(device); found != known_.end() && fresh(found->second, now)) {
            answers.push_back(found->second.registration);
            continue;
        }
        const std::uint64_t asked_at = forgotten_;
        lock.unlock();
        auto asked = ask(device);
        if (!asked) return failed(asked);
        lock.lock();
        if (forgotten_ == asked_at) known_[device] = {*asked, now};
        answers.push_back(std::move(*asked));
    }
    return answers;
}

Result<void> RegistryCache::preload(storage::Connection& connection, std::string_view shards) {
    const std::uint64_t asked_at = [this] {
        const std::lock_guard lock(mutex_);
        return forgotten_;
    }();
    const auto devices = storage::load_devices(connection, shards);
    if (!devices) return failed(devices);
    const SteadyTime now = clock_.steady();
    const std::lock_guard lock(mutex_);
    if (forgotten_ != asked_at) return {};  // each is asked about when it is heard
    for (const auto& device : *devices) known_[device.id] = {registration_of(device), now};
    return {};
}

void RegistryCache::forget(const DeviceId& device) {
    const std::lock_guard lock(mutex_);
    known_.erase(device);
    ++forgotten_;
}

void RegistryCache::forget_all() {
    const std::lock_guard lock(mutex_);
    known_.clear();
    ++forgotten_;
}

bool RegistryCache::fresh(const Entry& entry, SteadyTime now) {
    return (entry.registration && entry.registration->may_report) || now - entry.asked < doubt_life;
}

Result<std::optional<Registration>> RegistryCache::ask(const DeviceId& device) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    const auto found = storage::find_device(**connection, device);
    if (!found) return failed(found);
    return *found ? std::optional(registration_of(**found)) : std::nullopt;
}

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/presence/sessions.h"

#include <utility>

namespace watchglass::broker {

std::optional<PresenceChange> Sessions::admitted(ConnectionKey key, Principal principal,
                                                 const Fingerprint& fingerprint, WallTime now) {
    gone(key, "", now);  // a goodbye that never came: the key is another connection's now
    leaving_.erase(key);
    std::optional<PresenceChange> change;
    if (const auto* device = std::get_if<DeviceId>(&principal)) {
        devices_.insert_or_assign(*device, key);
        change = PresenceChange{.device = *device, .connected = true, .reason = "admitted", .at = now};
    }
    sessions_.insert_or_assign(
        key,
        Session{
            .principal = std::move(principal), .fingerprint = fingerprint, .since = now, .denied = false});
    return change;
}

std::optional<PresenceChange> Sessions::gone(ConnectionKey key, std::string reason, WallTime now) {
    const auto found = sessions_.find(key);
    if (found == sessions_.end()) return std::nullopt;
    const Session session = std::move(found->second);
    sessions_.erase(found);
    if (!session.denied) leaving_.insert_or_assign(key, session.principal);

    const auto* device = std::get_if<DeviceId>(&session.principal);
    if (device == nullptr) return std::nullopt;
    const auto current = devices_.find(*device);
    if (current == devices_.end() || current->second != key) return std::nullopt;  // taken over
    devices_.erase(current);
    if (session.denied) reason = "denied";
    return PresenceChange{.device = *device, .connected = false, .reason = std::move(reason), .at = now};
}

const Principal* Sessions::principal(ConnectionKey key) const {
    const auto found = sessions_.find(key);
    return found == sessions_.end() ? nullptr : &found->second.principal;
}

const Principal* Sessions::leaving(ConnectionKey key) const {
    const auto found = leaving_.find(key);
    return found == leaving_.end() ? nullptr : &found->second;
}

std::vector<DeviceId> Sessions::to_kick(const AccessTable& table) {
    std::vector<DeviceId> kicked;
    for (const auto& [device, key] : devices_) {
        auto& session = sessions_.at(key);
        if (session.denied || table.allows(device, session.fingerprint)) continue;
        session.denied = true;
        kicked.push_back(device);
    }
    return kicked;
}

std::vector<PresenceChange> Sessions::present() const {
    std::vector<PresenceChange> all;
    for (const auto& [device, key] : devices_)
        all.push_back(
            {.device = device, .connected = true, .reason = "admitted", .at = sessions_.at(key).since});
    return all;
}

}  // namespace watchglass::broker

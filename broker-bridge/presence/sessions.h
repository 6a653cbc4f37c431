// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "broker-bridge/access/access_table.h"
#include "broker-bridge/access/principal.h"
#include "broker-bridge/presence/presence_change.h"

namespace watchglass::broker {

/// Names one connection for as long as it lives; the broker reuses it afterwards.
using ConnectionKey = const void*;

/// Who is connected to this broker right now: the memory between admission and goodbye. One thread (the broker's).
class Sessions {
public:
    /// A client was let in. A device that was connected already is taken over: the old connection's goodbye, which
    /// comes later, then says nothing.
    std::optional<PresenceChange> admitted(ConnectionKey key, Principal principal,
                                           const Fingerprint& fingerprint, WallTime now);
    std::optional<PresenceChange> gone(ConnectionKey key, std::string reason, WallTime now);

    [[nodiscard]] const Principal* principal(ConnectionKey key) const;
    /// Whose connection just ended: the broker asks about its will after it said goodbye for it. Nobody's who was
    /// denied.
    [[nodiscard]] const Principal* leaving(ConnectionKey key) const;
    /// All goodbyes so far are over.
    void settle() { leaving_.clear(); }

    /// Connected devices that the table does not list any more, each told once: they are to be kicked.
    std::vector<DeviceId> to_kick(const AccessTable& table);

    /// Connected devices with the moment they came.
    [[nodiscard]] std::vector<PresenceChange> present() const;
    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

private:
    struct Session {
        Principal principal;
        Fingerprint fingerprint{};
        WallTime since{};
        bool denied = false;
    };
    std::unordered_map<ConnectionKey, Session> sessions_;
    std::unordered_map<DeviceId, ConnectionKey> devices_;
    std::unordered_map<ConnectionKey, Principal> leaving_;
};

}  // namespace watchglass::broker

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker-bridge/access/feed_client.h"
#include "broker-bridge/presence/sessions.h"
#include "libs/foundation/clock.h"

namespace watchglass::broker {

struct DoorSettings {
    FeedSettings feed;
    std::filesystem::path service_authority;  ///< PEM of the CA that signs services' certificates
};

/// Everything the plugin decides, in plain types; plugin.cpp only translates the broker's callbacks. All calls come
/// on the broker's one thread, and none of them waits for anything.
class Door {
public:
    explicit Door(DoorSettings settings);

    /// Reads the service CA and the copy on disk, and starts the feed.
    Result<void> open();

    /// A client knocks: its user name if it may come in.
    Result<std::string> knock(ConnectionKey key, const Knock& knock);
    [[nodiscard]] bool may(ConnectionKey key, Deed deed, std::string_view topic, int qos, bool retain);
    void gone(ConnectionKey key, std::string reason);

    /// Several times a second. Client ids to kick.
    std::vector<std::string> tick();

private:
    void report();

    const DoorSettings settings_;
    std::optional<security::Certificate> service_authority_;
    SystemClock clock_;
    SharedAccess access_;
    Sessions sessions_;
    Counts counts_;
    Counts reported_;
    SteadyTime next_report_{};
    FeedClient feed_;
};

}  // namespace watchglass::broker

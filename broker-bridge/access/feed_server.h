// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "broker-bridge/access/access_table.h"
#include "broker-bridge/access/line_socket.h"
#include "broker-bridge/access/protocol.h"
#include "broker-bridge/presence/presence_change.h"
#include "libs/foundation/result.h"

namespace watchglass::broker {

/// Where the access list comes from, and where the broker's answers go. Called on the server's one thread; may block.
/// A failed call is made again later.
class FeedStore {
public:
    virtual ~FeedStore() = default;
    virtual Result<Snapshot> snapshot() = 0;
    /// The next changes after `n` in order, at most `most`; nothing when they cannot be continued from `n` (an empty
    /// table, a number we never gave, changes that were pruned): a snapshot is due.
    virtual Result<std::optional<std::vector<Change>>> changes_after(std::int64_t n, std::size_t most) = 0;
    /// The broker knows everything through `n`, also after its next restart.
    virtual Result<void> confirmed(std::int64_t n) = 0;
    /// At most one change a device.
    virtual Result<void> presence(const std::vector<PresenceChange>& changes) = 0;
    /// These devices are connected, all others are not.
    virtual Result<void> present(const std::vector<PresenceChange>& devices) = 0;
    /// Totals since the broker's start.
    virtual void counts(const Counts& counts) = 0;
};

/// watchglass-bridged's side of the access stream: serves one plugin on a Unix socket. A second plugin that connects
/// takes the first one's place.
class FeedServer {
public:
    FeedServer(std::filesystem::path socket, FeedStore& store);
    ~FeedServer();  ///< stops
    FeedServer(const FeedServer&) = delete;
    FeedServer& operator=(const FeedServer&) = delete;

    Result<void> start();
    void stop();

    /// There may be new changes: look at once instead of at the next poll (every second). Any thread.
    void wake() { wake_.set(); }

    [[nodiscard]] bool plugin_connected() const { return plugin_connected_; }
    [[nodiscard]] std::int64_t sent_through() const { return sent_through_; }
    [[nodiscard]] std::int64_t confirmed_through() const { return confirmed_through_; }

private:
    void run();
    void accept_plugin();
    void drop_plugin(const Failure& why);
    Result<void> take_in();
    void take_in(FromPlugin message);
    Result<void> send_changes();
    Result<void> send_snapshot();
    void hand_on();

    const std::filesystem::path path_;
    FeedStore& store_;
    WakeUp wake_;
    UniqueFd listening_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> plugin_connected_{false};
    std::atomic<std::int64_t> sent_through_{0};
    std::atomic<std::int64_t> confirmed_through_{0};

    // The thread's own.
    std::optional<LineSocket> plugin_;
    std::optional<std::int64_t> position_;  ///< number sent so far; nothing before the plugin's hello
    bool snapshot_due_ = false;
    std::optional<std::int64_t> confirmation_;  ///< to hand on
    std::vector<PresenceChange> present_so_far_;
    std::optional<std::vector<PresenceChange>> present_;  ///< to hand on, before the changes
    std::vector<PresenceChange> changes_;                 ///< to hand on
    std::thread thread_;
};

}  // namespace watchglass::broker

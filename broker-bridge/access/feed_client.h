// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "broker-bridge/access/access_table.h"
#include "broker-bridge/access/line_socket.h"
#include "broker-bridge/access/principal.h"
#include "broker-bridge/access/protocol.h"
#include "libs/foundation/backoff.h"

namespace watchglass::broker {

/// The access table inside the broker: asked by the broker's thread, fed by another. Thread-safe; nobody holds it
/// longer than a look-up or one line's changes.
class SharedAccess {
public:
    Result<Principal> admit(const Knock& knock,
                            const std::optional<security::Certificate>& service_authority) const;
    [[nodiscard]] std::int64_t through() const;
    [[nodiscard]] Snapshot snapshot() const;

    void replace(const Snapshot& snapshot);
    void apply(const Change& change);

    /// Runs `look` on the table if somebody may have lost access since the last call.
    template <class Look>
    void after_denials(Look look) {
        if (!denials_.exchange(false)) return;
        const std::lock_guard lock(mutex_);
        look(table_);
    }

private:
    mutable std::mutex mutex_;
    AccessTable table_;
    std::atomic<bool> denials_{false};
};

struct FeedSettings {
    std::filesystem::path socket;      ///< where watchglass-bridged listens
    std::filesystem::path state_file;  ///< the copy on disk
    std::chrono::milliseconds reconnect_first{50};
    std::chrono::milliseconds reconnect_most{2'000};
};

/// The plugin's side of the access stream, on a thread of its own, so that neither the socket nor the disk ever
/// makes the broker wait.
///
/// A change takes effect in the table at once, is confirmed after the copy on disk holds it too. While
/// watchglass-bridged is away, the table stays as it is.
class FeedClient {
public:
    FeedClient(FeedSettings settings, SharedAccess& access);
    ~FeedClient();  ///< stops
    FeedClient(const FeedClient&) = delete;
    FeedClient& operator=(const FeedClient&) = delete;

    /// Loads the copy on disk (a damaged one is logged and replaced by the next snapshot) and starts the thread.
    void start();
    void stop();

    /// Hands a line to the thread; never waits. While nobody listens it is dropped: the list of connected devices
    /// is asked for anew on the next connection.
    void post(const FromPlugin& message);
    /// True once after each connection: post the whole list of connected devices now.
    [[nodiscard]] bool take_wants_present() { return wants_present_.exchange(false); }

private:
    void run();
    bool connect();
    void disconnect(const Failure& why);
    Result<void> exchange();
    Result<void> take_in(const std::string& line);
    Result<void> confirm();

    const FeedSettings settings_;
    SharedAccess& access_;
    SystemRng rng_;
    Backoff backoff_;
    WakeUp wake_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> wants_present_{false};
    std::atomic<bool> connected_{false};

    std::mutex outbox_mutex_;
    std::deque<std::string> outbox_;

    // The thread's own.
    std::optional<LineSocket> socket_;
    Snapshot incoming_;            ///< parts of a snapshot so far
    std::int64_t on_disk_ = 0;     ///< number the copy on disk holds
    std::int64_t confirmed_ = -1;  ///< told on this connection
    bool disk_behind_ = false;
    std::thread thread_;
};

}  // namespace watchglass::broker

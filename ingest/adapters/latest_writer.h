// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "libs/foundation/clock.h"
#include "storage/postgres/connection_pool.h"
#include "storage/telemetry/latest_store.h"

namespace watchglass::ingest {

/// Keeps `latest_values` up with the commits, on a thread of its own, so that no commit waits for it: at once when little
/// comes, at most a second behind when much does. What a killed process owed is read from the stored frames first.
///
/// What waits takes room for the devices' parameters, however many frames come. All calls may come from any thread.
class LatestWriter {
public:
    explicit LatestWriter(storage::ConnectionPool& pool) : pool_(pool) {}
    ~LatestWriter();

    void start();
    /// All commits of these shards come through committed() from now on; what is missing from before is made up.
    void serve(const std::string& shards);
    /// Others do, from now on.
    void leave(const std::string& shards);
    /// Writes what waits, if the database takes it at once.
    void stop();

    /// These frames were committed under this number.
    void committed(std::span<const storage::FrameRow> frames, std::int64_t commit);
    /// There may be a commit that was not told: what is stored is compared once more.
    void look_again();
    /// Only signs of life.
    void heard(std::span<const std::pair<storage::DeviceKey, WallTime>> devices);

private:
    struct Owed {
        storage::LatestNewsByKey news;
        std::optional<std::int64_t> through;  ///< the last commit among them
        [[nodiscard]] bool empty() const { return news.empty() && !through; }
    };
    void run();
    template <class Attempt>
    bool insist(Attempt attempt);
    Result<void> make_up(const std::string& shards);
    Result<void> write(const Owed& owed);
    std::string current();
    bool rest(std::chrono::milliseconds time);

    storage::ConnectionPool& pool_;
    storage::LatestStore store_;

    std::mutex mutex_;
    std::condition_variable changed_;
    Owed owed_;
    std::string current_;       ///< shards of which nothing else is missing
    std::string behind_;        ///< shards that may have commits which were not told
    std::uint64_t doubts_ = 0;  ///< how often to look again
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace watchglass::ingest

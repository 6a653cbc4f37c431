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
    LatestWriter(storage::ConnectionPool& pool, std::string shards);
    ~LatestWriter();

    /// Begins with what is missing. All commits of these shards come through committed() from now on.
    void start();
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
    Result<void> make_up();
    Result<void> write(const Owed& owed);
    bool rest(std::chrono::milliseconds time);

    storage::ConnectionPool& pool_;
    const std::string shards_;
    storage::LatestStore store_;

    std::mutex mutex_;
    std::condition_variable changed_;
    Owed owed_;
    bool missing_ = true;  ///< commits that were not told, as far as is known
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace watchglass::ingest

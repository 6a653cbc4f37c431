// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "ingest/adapters/shard_locks.h"
#include "ingest/shard_service.h"

namespace watchglass::ingest {

/// The life of ingest: holds shards, serves them, follows when they change hands, and comes back after every loss of
/// the database. Runs on one thread of its own from start() to stop().
class IngestService {
public:
    /// `parts.pause` is set here.
    explicit IngestService(ServiceParts parts);
    ~IngestService();

    void start();
    /// Returns when nothing is under way any more: what was taken but not committed comes again from the devices.
    void stop();
    /// Subscribed and able to store; else why not.
    [[nodiscard]] Result<void> ready() const;

private:
    void run();
    void keep_shards();
    bool pause(std::chrono::milliseconds wait);
    void not_ready(Failure why);

    ServiceParts parts_;
    ShardLocks locks_;
    std::unique_ptr<ShardService> service_;
    Backoff backoff_;
    SteadyTime next_look_;

    mutable std::mutex mutex_;
    std::condition_variable ending_changed_;
    bool ending_ = false;
    std::optional<Failure> not_ready_;
    std::thread thread_;
};

}  // namespace watchglass::ingest

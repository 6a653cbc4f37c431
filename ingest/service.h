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

/// The life of ingest: holds its share of the shards, serves them, gives and takes as others of the group come and go, and
/// comes back after every loss of the database. Runs on one thread of its own from start() to stop().
class IngestService {
public:
    /// `parts.pause` is set here.
    explicit IngestService(ServiceParts parts);
    ~IngestService();

    void start();
    /// Returns when nothing is under way any more: what was taken but not committed comes again from the devices.
    void stop();
    /// Able to store what it is here for; else why not. A process without shards, because more of them run than there are
    /// shards or because others are about to give some up, is ready: it waits connected.
    [[nodiscard]] Result<void> ready() const;

private:
    void run();
    void keep_shards();
    void hand_over();
    Result<void> follow(ShardView view);
    Result<void> begin();
    [[nodiscard]] bool without_broker();
    [[nodiscard]] bool may_join();
    void step_aside();
    void tell_operators();
    void lose(const Failure& why);
    void leave();
    bool pause(std::chrono::milliseconds wait);
    void not_ready(Failure why);

    ServiceParts parts_;
    ShardLocks locks_;
    std::unique_ptr<ShardService> service_;
    Backoff backoff_;
    SteadyTime next_look_;
    SteadyTime next_word_;
    SteadyTime connected_at_;  ///< to the broker, as last seen
    bool member_ = false;      ///< of the group; not for want of the broker, where others serve

    mutable std::mutex mutex_;
    std::condition_variable ending_changed_;
    bool ending_ = false;
    std::optional<Failure> not_ready_;
    std::thread thread_;
};

}  // namespace watchglass::ingest

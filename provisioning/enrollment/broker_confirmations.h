// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "libs/foundation/result.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::provisioning {

/// Knows how far every broker has come with the numbered access changes, and lets others wait for it.
///
/// One thread of its own, from start() to stop(), listens to the database. Waiting needs no database connection.
/// Thread-safe.
class BrokerConfirmations {
public:
    explicit BrokerConfirmations(storage::ConnectionPool& database) : database_(database) {}
    ~BrokerConfirmations() { stop(); }

    void start();
    void stop();  ///< idempotent; ends every wait

    /// Until every broker has confirmed `change`; enroll.broker_behind after `patience`, also when none ever reported.
    Result<void> wait_for(std::int64_t change, std::chrono::milliseconds patience);

private:
    void run();
    bool listen_once();
    bool read();

    storage::ConnectionPool& database_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<std::int64_t> confirmed_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace watchglass::provisioning

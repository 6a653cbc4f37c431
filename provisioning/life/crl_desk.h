// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/foundation/clock.h"
#include "libs/foundation/metrics.h"
#include "libs/foundation/result.h"
#include "provisioning/issuing/signer.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::provisioning {

/// Keeps the certificate revocation list in the database current: its own thread, from start() to stop(), looks once a
/// second, so that many revocations in a row share a list. Several processes may do so over one database. Thread-safe.
class CrlDesk {
public:
    CrlDesk(storage::ConnectionPool& database, Signer& signer, const Clock& clock,
            metrics::Registry& metrics);
    ~CrlDesk() { stop(); }

    void start();
    void stop();  ///< idempotent

    /// Makes a list when there is none, when a certificate was revoked that is on none, and when a quarter of the last
    /// one's life is over. False: nothing was due.
    Result<bool> make_when_due();

private:
    void run();

    storage::ConnectionPool& database_;
    Signer& signer_;
    const Clock& clock_;
    metrics::Gauge& entries_;
    metrics::Gauge& next_update_;
    std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "libs/foundation/metrics.h"
#include "libs/http/message.h"
#include "storage/postgres/connection_pool.h"
#include "storage/postgres/listener.h"
#include "storage/read/tail.h"

namespace watchglass::console {

/// Follows the commits of ingest and hands each connected tail what it may see and asked for, once and in order.
///
/// A tail that can no longer be served completely (the database's link broke, or the client is too slow) is closed:
/// its client comes back and knows that it missed something. One thread of its own from start() to stop().
class TailHub {
public:
    TailHub(storage::ConnectionPool& pool, metrics::Registry& metrics);
    ~TailHub();

    void start();
    void stop();

    /// From now on; says `open` on the stream, or closes it when the hub cannot hear. Thread-safe.
    void add(storage::ReadScope scope, storage::TailFilter filter, std::shared_ptr<http::EventStream> stream);

private:
    struct Tail {
        storage::ReadScope scope;
        storage::TailFilter filter;
        std::shared_ptr<http::EventStream> stream;
    };

    void run();
    Result<void> follow(storage::Listener& listener);
    Result<void> serve(std::int64_t commit);
    void drop_closed();
    void close_all();

    storage::ConnectionPool& pool_;
    metrics::Gauge& tails_metric_;
    metrics::Counter& changes_metric_;
    std::mutex mutex_;
    std::vector<Tail> tails_;
    bool hearing_ = false;
    std::atomic<bool> ending_{false};
    std::thread thread_;
};

}  // namespace watchglass::console

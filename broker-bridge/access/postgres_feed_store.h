// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "broker-bridge/access/feed_server.h"
#include "libs/foundation/metrics.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::broker {

/// The access list and presence in PostgreSQL. One thread (the server's).
class PostgresFeedStore final : public FeedStore {
public:
    /// `broker` names this broker in broker_access and presence.
    PostgresFeedStore(storage::ConnectionPool& pool, std::string broker, metrics::Registry& metrics);

    Result<Snapshot> snapshot() override;
    Result<std::optional<std::vector<Change>>> changes_after(std::int64_t n, std::size_t most) override;
    Result<void> confirmed(std::int64_t n) override;
    Result<void> presence(const std::vector<PresenceChange>& changes) override;
    Result<void> present(const std::vector<PresenceChange>& devices) override;
    void counts(const Counts& counts) override;

private:
    storage::ConnectionPool& pool_;
    const std::string broker_;
    metrics::Registry& metrics_;
    metrics::Counter& presence_changes_;
    Counts counted_;  ///< of the broker's present life
};

}  // namespace watchglass::broker

// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/postgres_feed_store.h"

#include <utility>

#include "storage/broker/access_change_store.h"
#include "storage/broker/presence_store.h"

namespace watchglass::broker {

namespace {

std::vector<storage::PresenceRow> rows_of(const std::vector<PresenceChange>& changes) {
    std::vector<storage::PresenceRow> rows;
    for (const auto& change : changes)
        rows.push_back({.device = change.device,
                        .connected = change.connected,
                        .reason = change.reason,
                        .since = change.at});
    return rows;
}

/// How much a total grew; all of it after a restart of the broker, which counts from 0 again.
std::uint64_t growth(std::int64_t before, std::int64_t now) {
    return static_cast<std::uint64_t>(now >= before ? now - before : now);
}

}  // namespace

PostgresFeedStore::PostgresFeedStore(storage::ConnectionPool& pool, std::string broker,
                                     metrics::Registry& metrics)
    : pool_(pool),
      broker_(std::move(broker)),
      metrics_(metrics),
      presence_changes_(metrics.counter("watchglass_bridge_presence_changes_total",
                                        "Comings and goings of devices that were stored.")) {}

Result<Snapshot> PostgresFeedStore::snapshot() {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto read = storage::read_access_snapshot(**connection);
    if (!read) return failed(read);
    Snapshot snapshot{.through = read->through, .allow = {}};
    for (auto& entry : read->allowed) snapshot.allow.emplace_back(std::move(entry.device), entry.fingerprint);
    return snapshot;
}

Result<std::optional<std::vector<Change>>> PostgresFeedStore::changes_after(std::int64_t n,
                                                                            std::size_t most) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    auto read = storage::read_access_changes(**connection, n, most);
    if (!read) return failed(read);
    if (!*read) return std::nullopt;
    std::vector<Change> changes;
    for (auto& change : **read)
        changes.push_back({.n = change.n,
                           .op = change.allow ? Op::allow : Op::deny,
                           .device = std::move(change.entry.device),
                           .fingerprint = change.entry.fingerprint});
    return changes;
}

Result<void> PostgresFeedStore::confirmed(std::int64_t n) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    return storage::record_broker_access(**connection, broker_, n);
}

Result<void> PostgresFeedStore::presence(const std::vector<PresenceChange>& changes) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    if (auto stored = storage::store_presence(**connection, broker_, rows_of(changes)); !stored)
        return stored;
    presence_changes_.add(changes.size());
    return {};
}

Result<void> PostgresFeedStore::present(const std::vector<PresenceChange>& devices) {
    auto connection = pool_.acquire();
    if (!connection) return failed(connection);
    return storage::replace_presence(**connection, broker_, rows_of(devices));
}

void PostgresFeedStore::counts(const Counts& counts) {
    metrics_.counter("watchglass_broker_admitted_total", "Clients that the broker let in.")
        .add(growth(counted_.admitted, counts.admitted));
    metrics_
        .counter("watchglass_broker_denied_operations_total",
                 "Publishes and subscriptions that were refused.")
        .add(growth(counted_.denied_operations, counts.denied_operations));
    for (const auto& [code, count] : counts.refused) {
        metrics_
            .counter("watchglass_broker_refused_total", "Clients that the broker did not let in.",
                     {{"code", code}})
            .add(growth(counted_.refused[code], count));
    }
    counted_ = counts;
}

}  // namespace watchglass::broker

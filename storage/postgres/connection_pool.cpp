// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/connection_pool.h"

#include <condition_variable>
#include <mutex>
#include <vector>

#include "storage/postgres/codes.h"

namespace watchglass::storage {

struct ConnectionPool::State {
    explicit State(PoolSettings s) : settings(std::move(s)) {}
    const PoolSettings settings;
    std::mutex mutex;
    std::condition_variable returned;
    std::vector<std::unique_ptr<Connection>> idle;
    std::size_t lent = 0;
    std::uint64_t broken = 0;
};

PooledConnection::PooledConnection(ConnectionPool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}
PooledConnection::PooledConnection(PooledConnection&&) noexcept = default;
PooledConnection::~PooledConnection() {
    if (connection_) pool_->give_back(std::move(connection_));
}

ConnectionPool::ConnectionPool(PoolSettings settings)
    : state_(std::make_unique<State>(std::move(settings))) {}
ConnectionPool::~ConnectionPool() = default;

const PoolSettings& ConnectionPool::settings() const { return state_->settings; }

std::uint64_t ConnectionPool::broken() const {
    const std::lock_guard lock(state_->mutex);
    return state_->broken;
}

Result<PooledConnection> ConnectionPool::acquire() {
    {
        std::unique_lock lock(state_->mutex);
        const bool free = state_->returned.wait_for(
            lock, state_->settings.patience, [&] { return state_->lent < state_->settings.connections; });
        if (!free) return failed(Failure{codes::pool_exhausted, Next::retry_later, {}, {}});
        ++state_->lent;
        if (!state_->idle.empty()) {
            auto connection = std::move(state_->idle.back());
            state_->idle.pop_back();
            return PooledConnection{*this, std::move(connection)};
        }
    }
    auto opened = Connection::open(state_->settings.dsn, state_->settings.program);
    if (!opened) {
        give_back(nullptr);
        return failed(opened);
    }
    return PooledConnection{*this, std::make_unique<Connection>(std::move(*opened))};
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
    const bool broken = connection && connection->broken();
    // Closed outside the lock: it may wait for the network.
    if (connection && (connection->broken() || connection->in_transaction())) connection.reset();
    {
        const std::lock_guard lock(state_->mutex);
        --state_->lent;
        if (broken) ++state_->broken;
        if (connection) state_->idle.push_back(std::move(connection));
    }
    state_->returned.notify_one();
}

}  // namespace watchglass::storage

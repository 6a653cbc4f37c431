// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

struct PoolSettings {
    std::string dsn;
    std::string program;                       ///< shown in pg_stat_activity
    std::size_t connections = 4;               ///< at most this many are open
    std::chrono::milliseconds patience{5000};  ///< longest wait for a free one
};

class ConnectionPool;

/// A connection on loan; it goes back when this leaves scope. Must not outlive the pool.
class PooledConnection {
public:
    ~PooledConnection();
    PooledConnection(PooledConnection&&) noexcept;
    PooledConnection& operator=(PooledConnection&&) = delete;

    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

private:
    friend class ConnectionPool;
    PooledConnection(ConnectionPool& pool, std::unique_ptr<Connection> connection);
    ConnectionPool* pool_;
    std::unique_ptr<Connection> connection_;
};

/// Keeps a few sessions open and lends each to one user at a time.
///
/// Connects when asked, not in the constructor, so that a program starts while its database does not. A connection
/// that comes back broken, or inside a transaction, is closed and not lent again. Thread-safe.
class ConnectionPool {
public:
    explicit ConnectionPool(PoolSettings settings);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool&) = delete;
    ConnectionPool& operator=(const ConnectionPool&) = delete;

    /// Waits at most `patience`: storage.pool_exhausted. Also fails as Connection::open() does.
    Result<PooledConnection> acquire();

    [[nodiscard]] const PoolSettings& settings() const;
    /// Connections that came back broken, so far.
    [[nodiscard]] std::uint64_t broken() const;

private:
    friend class PooledConnection;
    void give_back(std::unique_ptr<Connection> connection);
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::storage

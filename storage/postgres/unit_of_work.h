// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// Whether a transaction is on disk.
enum class Committed {
    yes,      ///< on disk, visible to everybody
    no,       ///< nothing of it is there, and nothing will be
    unknown,  ///< the link broke while PostgreSQL was committing: only the tables know
};

struct CommitOutcome {
    Committed committed = Committed::no;
    std::optional<Failure> failure;  ///< why not, or why it is not known; absent with yes
};

enum class Access { read_write, read_only };

/// One transaction, from begin() to commit().
///
/// Leaving scope without commit() rolls back. After any statement failed only roll-back remains: commit() then says
/// no. Uses the connection alone while it lives; the connection outlives it. One thread.
class UnitOfWork {
public:
    static Result<UnitOfWork> begin(Connection& connection, Access access = Access::read_write);

    ~UnitOfWork();
    UnitOfWork(UnitOfWork&& other) noexcept : connection_(other.connection_) { other.connection_ = nullptr; }
    UnitOfWork& operator=(UnitOfWork&&) = delete;

    Result<Rows> run(const std::string& sql, std::initializer_list<Param> params = {}) {
        return connection_->run(sql, params);
    }
    Result<Rows> run_prepared(const std::string& sql, std::initializer_list<Param> params = {}) {
        return connection_->run_prepared(sql, params);
    }

    /// Ends the unit of work, whatever the answer. On `unknown` say nothing to anybody: read the state on another
    /// connection and go by that.
    CommitOutcome commit();
    /// Ends it without a trace. Never fails: a broken connection has rolled back as well.
    void roll_back();

    [[nodiscard]] Connection& connection() const { return *connection_; }

private:
    explicit UnitOfWork(Connection& connection) : connection_(&connection) {}
    Connection* connection_;
};

}  // namespace watchglass::storage

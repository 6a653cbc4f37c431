// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "libs/foundation/result.h"
#include "libs/foundation/settings.h"
#include "storage/postgres/param.h"
#include "storage/postgres/rows.h"

struct pg_conn;

namespace watchglass::storage {

inline constexpr Setting<std::string_view> postgres_dsn{
    .name = "postgres.dsn",
    .doc =
        "How to reach the database, as libpq writes it: host=/run/postgresql dbname=watchglass "
        "user=wg_ingest. "
        "Passwords belong in a passfile.",
    .fallback = "host=/var/run/postgresql dbname=watchglass"};

inline constexpr Setting<std::int64_t> postgres_connections{
    .name = "postgres.connections",
    .doc = "Most connections to the database in the program's pool; ingestd keeps three more beside it.",
    .fallback = 4,
    .least = 1,
    .most = 100};

/// How soon each side of a session notices over TCP that the other has gone without a word.
enum class Vigilance {
    usual,  ///< we after about 15 s, the server as it is configured
    high,   ///< both within 5 s: for a session whose locks others wait for
};

/// One session with PostgreSQL, through libpq.
///
/// Times are UTC, `search_path` is watchglass, a silent peer is noticed by TCP keepalives after about 15 s.
/// One thread at a time. After a failure with code storage.unreachable the connection is broken() for good: open
/// another one. Every other failure leaves it usable, and inside a UnitOfWork leaves nothing but roll-back.
class Connection {
public:
    /// `program` is shown in pg_stat_activity. Waits at most 10 s.
    static Result<Connection> open(const std::string& dsn, const std::string& program,
                                   Vigilance vigilance = Vigilance::usual);

    ~Connection();
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;

    /// Runs one statement with its parameters `$1`... and waits for the answer. Outside a UnitOfWork it is a
    /// transaction of its own.
    Result<Rows> run(const std::string& sql, std::initializer_list<Param> params = {});
    Result<Rows> run(const std::string& sql, std::span<const Param> params);

    /// The same, prepared on first use and kept by its text: for statements of the hot path.
    Result<Rows> run_prepared(const std::string& sql, std::initializer_list<Param> params = {});
    Result<Rows> run_prepared(const std::string& sql, std::span<const Param> params);

    /// Several statements without parameters, separated by semicolons: migrations.
    Result<void> run_script(const std::string& sql);

    /// True once the session is lost.
    [[nodiscard]] bool broken() const;
    /// True while a transaction is open, also one that has failed.
    [[nodiscard]] bool in_transaction() const;
    /// The server process behind this session.
    [[nodiscard]] int backend_pid() const;

    /// For the files of storage/postgres that speak libpq themselves.
    [[nodiscard]] pg_conn* raw() const;

private:
    struct State;
    explicit Connection(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/connection.h"

#include <array>
#include <unordered_map>
#include <vector>

#include <libpq-fe.h>

#include "storage/postgres/codes.h"
#include "storage/postgres/failures.h"

namespace watchglass::storage {

struct Connection::State {
    PGconn* conn = nullptr;
    std::unordered_map<std::string, std::string> prepared;  ///< SQL text -> statement name

    explicit State(PGconn* c) : conn(c) {}
    ~State() { PQfinish(conn); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

namespace {

constexpr int binary = 1;

/// Parameters as libpq wants them: parallel arrays of pointers into the Params.
struct Bound {
    explicit Bound(std::span<const Param> params) {
        for (const Param& param : params) {
            types.push_back(param.type());
            values.push_back(param.is_null() ? nullptr : param.bytes().data());
            lengths.push_back(static_cast<int>(param.bytes().size()));
            formats.push_back(binary);
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(types.size()); }

    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
};

Result<Rows> taken(PGconn* conn, PGresult* result) {
    Rows rows{result};
    switch (PQresultStatus(result)) {
        case PGRES_TUPLES_OK:
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY: return rows;
        default: return failed(failure_of(conn, result));
    }
}

/// The server's side: it ends the session, and with it the locks. Without effect on a Unix socket.
Result<void> watch_closely(Connection& connection) {
    return connection.run_script(
        "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; "
        "SET tcp_user_timeout = 5000");
}

}  // namespace

Result<Connection> Connection::open(const std::string& dsn, const std::string& program, Vigilance vigilance) {
    const bool high = vigilance == Vigilance::high;
    // Later words override earlier ones, so the DSN may change any of ours.
    const std::array<const char*, 10> words{
        "application_name", "options",          "connect_timeout", "keepalives_idle", "keepalives_interval",
        "keepalives_count", "tcp_user_timeout", "client_encoding", "dbname",          nullptr};
    const std::array<const char*, 10> values{
        program.c_str(),
        "-c search_path=watchglass -c timezone=UTC -c datestyle=ISO -c client_min_messages=warning",
        "10",
        high ? "2" : "5",
        high ? "1" : "5",
        high ? "3" : "2",
        high ? "5000" : "0",
        "UTF8",
        dsn.c_str(),
        nullptr};
    auto state = std::make_unique<State>(PQconnectdbParams(words.data(), values.data(), 1));
    if (PQstatus(state->conn) != CONNECTION_OK) return failed(connection_failure(state->conn));
    // Notices would be written to stderr by libpq, between our own log lines.
    PQsetNoticeProcessor(
        state->conn, [](void*, const char*) {}, nullptr);
    Connection connection{std::move(state)};
    if (high) {
        if (auto told = watch_closely(connection); !told) return failed(told);
    }
    return connection;
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

Result<Rows> Connection::run(const std::string& sql, std::initializer_list<Param> params) {
    return run(sql, std::span(params.begin(), params.size()));
}

Result<Rows> Connection::run(const std::string& sql, std::span<const Param> params) {
    const Bound bound{params};
    return taken(state_->conn,
                 PQexecParams(state_->conn, sql.c_str(), bound.count(), bound.types.data(),
                              bound.values.data(), bound.lengths.data(), bound.formats.data(), binary));
}

Result<Rows> Connection::run_prepared(const std::string& sql, std::initializer_list<Param> params) {
    return run_prepared(sql, std::span(params.begin(), params.size()));
}

Result<Rows> Connection::run_prepared(const std::string& sql, std::span<const Param> params) {
    const Bound bound{params};
    auto known = state_->prepared.find(sql);
    if (known == state_->prepared.end()) {
        const std::string name = "wg_" + std::to_string(state_->prepared.size());
        auto made = taken(state_->conn, PQprepare(state_->conn, name.c_str(), sql.c_str(), bound.count(),
                                                  bound.types.data()));
        if (!made) return failed(made);
        known = state_->prepared.emplace(sql, name).first;
    }
    return taken(state_->conn,
                 PQexecPrepared(state_->conn, known->second.c_str(), bound.count(), bound.values.data(),
                                bound.lengths.data(), bound.formats.data(), binary));
}

Result<void> Connection::run_script(const std::string& sql) {
    if (auto done = taken(state_->conn, PQexec(state_->conn, sql.c_str())); !done) return failed(done);
    return {};
}

bool Connection::broken() const { return PQstatus(state_->conn) != CONNECTION_OK; }

bool Connection::in_transaction() const {
    const auto status = PQtransactionStatus(state_->conn);
    return status != PQTRANS_IDLE && status != PQTRANS_UNKNOWN;
}

int Connection::backend_pid() const { return PQbackendPID(state_->conn); }

pg_conn* Connection::raw() const { return state_->conn; }

}  // namespace watchglass::storage

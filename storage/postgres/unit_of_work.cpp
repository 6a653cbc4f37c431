// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/unit_of_work.h"

#include <memory>
#include <string_view>

#include <libpq-fe.h>

#include "storage/postgres/codes.h"
#include "storage/postgres/failures.h"

namespace watchglass::storage {
namespace {

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

/// An ERROR is the server's word that the transaction is rolled back. Anything worse (FATAL, PANIC, a closed
/// socket) may have come after the commit record was written.
bool server_refused(PGconn* conn, const PGresult* answer) {
    const char* severity = PQresultErrorField(answer, PG_DIAG_SEVERITY_NONLOCALIZED);
    return PQstatus(conn) == CONNECTION_OK && severity && std::string_view(severity) == "ERROR";
}

}  // namespace

Result<UnitOfWork> UnitOfWork::begin(Connection& connection, Access access) {
    auto begun = connection.run(access == Access::read_only ? "BEGIN READ ONLY" : "BEGIN");
    if (!begun) return failed(begun);
    return UnitOfWork{connection};
}

UnitOfWork::~UnitOfWork() { roll_back(); }

CommitOutcome UnitOfWork::commit() {
    if (!connection_)
        return {Committed::no, Failure{watchglass::codes::internal_error, Next::give_up, {}, "ended before"}};
    Connection& connection = *connection_;
    PGconn* conn = connection.raw();
    if (connection.broken()) {  // COMMIT was never sent, so the server has rolled back
        connection_ = nullptr;
        return {Committed::no, connection_failure(conn)};
    }
    if (PQtransactionStatus(conn) != PQTRANS_INTRANS) {
        roll_back();
        return {Committed::no,
                Failure{codes::statement_failed, Next::give_up, {}, "an earlier statement failed"}};
    }
    connection_ = nullptr;
    const Answer answer{PQexec(conn, "COMMIT")};
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) {
        if (std::string_view(PQcmdStatus(answer.get())) == "COMMIT") return {Committed::yes, std::nullopt};
        return {Committed::no,
                Failure{codes::statement_failed, Next::give_up, {}, "COMMIT was answered ROLLBACK"}};
    }
    if (server_refused(conn, answer.get())) return {Committed::no, failure_of(conn, answer.get())};
    Failure failure = connection_failure(conn);
    failure.code = codes::commit_unknown;
    return {Committed::unknown, std::move(failure)};
}

void UnitOfWork::roll_back() {
    if (!connection_) return;
    PGconn* conn = connection_->raw();
    connection_ = nullptr;
    if (PQstatus(conn) == CONNECTION_OK) const Answer ignored{PQexec(conn, "ROLLBACK")};
}

}  // namespace watchglass::storage

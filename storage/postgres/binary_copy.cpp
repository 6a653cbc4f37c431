// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/binary_copy.h"

#include <cstdlib>

#include <libpq-fe.h>

#include "storage/postgres/failures.h"

namespace watchglass::storage {
namespace {

constexpr std::size_t send_at_bytes = 256u << 10;

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

}  // namespace

BinaryCopy::BinaryCopy(UnitOfWork& unit, CopyBuffer& buffer, const std::string& table_and_columns)
    : connection_(unit.connection()), buffer_(buffer) {
    PGconn* conn = connection_.raw();
    const Answer answer{PQexec(conn, ("COPY " + table_and_columns + " FROM STDIN (FORMAT binary)").c_str())};
    if (PQresultStatus(answer.get()) != PGRES_COPY_IN) {
        state_ = failed(failure_of(conn, answer.get()));
    } else {
        open_ = true;
    }
    buffer_.clear();
    buffer_.begin_file();
}

BinaryCopy::~BinaryCopy() {
    if (!open_) return;
    PGconn* conn = connection_.raw();
    if (PQputCopyEnd(conn, "given up by the program") == 1)
        while (const Answer rest{PQgetResult(conn)}) {
        }
}

CopyBuffer& BinaryCopy::row(std::int16_t fields) {
    if (buffer_.size() >= send_at_bytes) send();
    buffer_.begin_row(fields);
    return buffer_;
}

void BinaryCopy::send() {
    if (state_) {
        const auto bytes = buffer_.bytes();
        if (PQputCopyData(connection_.raw(), bytes.data(), static_cast<int>(bytes.size())) != 1)
            state_ = failed(connection_failure(connection_.raw()));
    }
    buffer_.clear();
}

Result<std::int64_t> BinaryCopy::finish() {
    if (!state_) return failed(state_);
    buffer_.end_file();
    send();
    if (!state_) return failed(state_);

    PGconn* conn = connection_.raw();
    open_ = false;
    if (PQputCopyEnd(conn, nullptr) != 1) return failed(connection_failure(conn));
    std::int64_t rows = 0;
    while (const Answer answer{PQgetResult(conn)}) {
        if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) {
            rows = std::strtoll(PQcmdTuples(answer.get()), nullptr, 10);
        } else if (state_) {
            state_ = failed(failure_of(conn, answer.get()));
        }
    }
    if (!state_) return failed(state_);
    return rows;
}

}  // namespace watchglass::storage

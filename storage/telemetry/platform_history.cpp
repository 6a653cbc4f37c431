// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/platform_history.h"

namespace watchglass::storage {
namespace {

Result<std::uint64_t> one_number(Result<Rows> rows) {
    if (!rows) return failed(rows);
    if (rows->empty())
        return failed(
            Failure{watchglass::codes::internal_error, Next::tell_operator, "platform has no row", {}});
    return (*rows)[0].uint64(0);
}

}  // namespace

Result<std::uint64_t> platform_history(Connection& connection) {
    return one_number(connection.run("SELECT history FROM watchglass.platform"));
}

Result<std::uint64_t> begin_new_history(Connection& connection) {
    return one_number(
        connection.run("UPDATE watchglass.platform SET began_at = now(),"
                       " history = ('x' || left(replace(gen_random_uuid()::text, '-', ''), "
                       "16))::bit(64)::bigint RETURNING history"));
}

}  // namespace watchglass::storage

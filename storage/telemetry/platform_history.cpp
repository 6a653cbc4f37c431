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

Result<std::uint64_t> begin_new_history(Connection& connection, std::uint64_t believed,
                                        std::string_view witness) {
    return one_number(connection.run("SELECT watchglass.begin_new_history($1, $2)",
                                     {static_cast<std::int64_t>(believed), witness}));
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/registry/access_store.h"

namespace watchglass::storage {

Result<std::optional<std::int64_t>> confirmed_by_every_broker(Connection& connection) {
    const auto rows = connection.run("SELECT min(confirmed_through) FROM watchglass.broker_access");
    if (!rows) return failed(rows);
    return (*rows)[0].optional_int64(0);
}

}  // namespace watchglass::storage

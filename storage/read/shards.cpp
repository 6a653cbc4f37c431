// SPDX-License-Identifier: Apache-2.0
#include "storage/read/shards.h"

namespace watchglass::storage {
namespace {

ShardState state_of(const Row& row) {
    ShardState state{
        .shard = row.text(0), .owner = {}, .devices = row.int64(8), .heard = row.optional_time(9)};
    if (row.is_null(1)) return state;
    state.owner = ShardOwner{.name = row.text(2),
                             .host = row.text(3),
                             .pid = row.int64(4),
                             .since = row.optional_time(5),
                             .waiting = row.int64(6),
                             .lag_seconds = row.number(7),
                             .told = row.optional_time(10)};
    return state;
}

}  // namespace

Result<std::vector<ShardState>> list_shards(UnitOfWork& unit) {
    const auto rows = unit.run(
        "SELECT shard, session, name, host, pid, since, waiting, lag_seconds, devices, heard, told "
        "FROM watchglass.shards");
    if (!rows) return failed(rows);
    std::vector<ShardState> states;
    for (const Row row : *rows) states.push_back(state_of(row));
    return states;
}

}  // namespace watchglass::storage

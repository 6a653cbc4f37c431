// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/shard_locks.h"

#include <algorithm>
#include <array>
#include <vector>

#include <unistd.h>

#include "schemas/values/identifiers.h"

namespace watchglass::ingest {
namespace {

// The first key of our advisory locks; the view watchglass.ingest_locks knows them too. A shard's second key is its letter
// ("wgsh"), the group's is 0 ("wggr").
constexpr std::int32_t shard_lock_class = 0x77677368;
constexpr std::int32_t group_lock_class = 0x77676772;

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::vector<std::int32_t> keys_of(const std::string& shards) { return {shards.begin(), shards.end()}; }

ShardView view_of(const storage::Rows& rows) {
    ShardView view;
    std::string taken;
    for (const auto row : rows) {
        const std::string_view shards = row.view(1);
        view.members.push_back({row.int32(0), shards.size()});
        taken += shards;
        if (!row.boolean(2)) continue;
        view.session = row.int32(0);
        view.held = shards;
    }
    for (const char shard : all_shards) {
        if (taken.find(shard) == std::string::npos) view.free += shard;
    }
    return view;
}

}  // namespace

Result<ShardView> ShardLocks::look() {
    if (auto connected = connect(); !connected) return failed(connected);
    if (!member_) {
        if (auto joined = join(); !joined) return failed(joined);
    }
    const auto rows =
        run("SELECT session, coalesce(string_agg(shard, '' ORDER BY shard COLLATE \"C\"), ''), "
            "session = pg_backend_pid() FROM watchglass.ingest_locks GROUP BY session",
            {});
    if (!rows) return failed(rows);
    return view_of(*rows);
}

Result<bool> ShardLocks::others() {
    if (auto connected = connect(); !connected) return failed(connected);
    const auto rows =
        run("SELECT EXISTS (SELECT FROM watchglass.ingest_locks WHERE session <> pg_backend_pid())", {});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

void ShardLocks::leave() {
    connection_.reset();
    member_ = false;
}

Result<void> ShardLocks::connect() {
    if (connection_ && !connection_->broken()) return {};
    leave();
    auto opened = storage::Connection::open(dsn_, "watchglass-ingestd shards", storage::Vigilance::high);
    if (!opened) return failed(opened);
    connection_.emplace(std::move(*opened));
    if (auto quick = run("SET synchronous_commit = off", {}); !quick) return failed(quick);
    return {};
}

/// The lock before the row: whoever finds a row without its lock may remove it.
Result<void> ShardLocks::join() {
    if (auto joined = run("SELECT pg_advisory_lock_shared($1, 0)", {group_lock_class}); !joined)
        return failed(joined);
    const auto swept =
        run("DELETE FROM watchglass.ingest_processes p "
            "WHERE NOT EXISTS (SELECT FROM watchglass.ingest_locks l WHERE l.session = p.session)",
            {});
    if (!swept) return failed(swept);
    const auto shown = run(
        "INSERT INTO watchglass.ingest_processes (session, name, host, pid) "
        "VALUES (pg_backend_pid(), $1, $2, $3) ON CONFLICT (session) DO UPDATE SET name = excluded.name, "
        "host = excluded.host, pid = excluded.pid, since = now(), waiting = 0, lag_seconds = 0, told = now()",
        {name_, host_name(), static_cast<std::int32_t>(::getpid())});
    if (!shown) return failed(shown);
    member_ = true;
    return {};
}

Result<std::string> ShardLocks::take(const std::string& shards, std::size_t most) {
    const auto rows =
        run("SELECT shard FROM unnest($2::int4[]) AS shard WHERE pg_try_advisory_lock($1, shard) LIMIT $3",
            {shard_lock_class, keys_of(shards), static_cast<std::int64_t>(most)});
    if (!rows) return failed(rows);
    std::string taken;
    for (const auto row : *rows) taken += static_cast<char>(row.int32(0));
    std::sort(taken.begin(), taken.end());
    const auto noted =
        run("INSERT INTO watchglass.shard_owners (shard, session) SELECT chr(shard), pg_backend_pid() "
            "FROM unnest($1::int4[]) AS shard "
            "ON CONFLICT (shard) DO UPDATE SET session = excluded.session, since = now()",
            {keys_of(taken)});
    if (!noted) return failed(noted);
    return taken;
}

Result<void> ShardLocks::release(const std::string& shards) {
    const auto done = run("SELECT pg_advisory_unlock($1, shard) FROM unnest($2::int4[]) AS shard",
                          {shard_lock_class, keys_of(shards)});
    if (!done) return failed(done);
    return {};
}

Result<void> ShardLocks::tell(const ProcessFigures& figures) {
    const auto done =
        run("UPDATE watchglass.ingest_processes SET waiting = $1, lag_seconds = $2, told = now() "
            "WHERE session = pg_backend_pid()",
            {figures.waiting, figures.lag_seconds});
    if (!done) return failed(done);
    return {};
}

/// Whatever fails here puts our part in doubt: the session goes, and with it every lock.
Result<storage::Rows> ShardLocks::run(const std::string& sql, std::initializer_list<storage::Param> params) {
    if (!connection_) return failed(Failure{watchglass::codes::unavailable, Next::retry_later, "", ""});
    auto rows = connection_->run_prepared(sql, params);
    if (!rows) leave();
    return rows;
}

}  // namespace watchglass::ingest

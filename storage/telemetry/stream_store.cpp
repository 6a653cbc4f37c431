// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/stream_store.h"

#include "storage/postgres/codes.h"
#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

constexpr const char* by_shard_sql =
    "SELECT s.tenant, s.device, s.lane, s.epoch, s.stored_through, s.chain, s.quarantined, s.missing "
    "FROM watchglass.devices d JOIN watchglass.streams s ON s.tenant = d.tenant AND s.device = d.device "
    "WHERE left(d.device_id, 1) = ANY (string_to_array($1, NULL)) AND s.last_at > now() - interval '1 day'";

constexpr const char* by_device_sql =
    "SELECT s.tenant, s.device, s.lane, s.epoch, s.stored_through, s.chain, s.quarantined, s.missing "
    "FROM watchglass.streams s WHERE s.tenant = $1 AND s.device = $2";

constexpr const char* lock_sql =
    "SELECT s.tenant, s.device, s.lane, s.epoch, s.stored_through, s.chain, s.quarantined, s.missing "
    "FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[]) AS k(tenant, device, lane, epoch) "
    "JOIN watchglass.streams s USING (tenant, device, lane, epoch) "
    "ORDER BY s.tenant, s.device, s.lane, s.epoch FOR UPDATE OF s";

// One statement, so that a batch costs one round trip. `before` makes the compare-and-set: a stream that does not
// stand there is not updated and so not counted; neither is a row that was inserted (xmax = 0) although the stream was
// believed to stand somewhere. Reading the previous commit beside it is safe: whoever changed
// last_commit meanwhile has changed stored_through as well.
constexpr const char* advance_sql =
    "WITH run AS MATERIALIZED ("
    "  SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], "
    "$7::bytea[],"
    "                       $8::bigint[], $9::bigint[]) WITH ORDINALITY"
    "    AS r(tenant, device, lane, epoch, before, through, chains, quarantined, missing, n)"
    "), number AS MATERIALIZED (SELECT nextval('watchglass.commit_numbers') AS commit"
    "), earlier AS MATERIALIZED ("
    "  SELECT array_agg(coalesce(s.last_commit, 0) ORDER BY r.n) AS commits"
    "  FROM run r LEFT JOIN watchglass.streams s USING (tenant, device, lane, epoch)"
    "), moved AS ("
    "  INSERT INTO watchglass.streams AS s (tenant, device, lane, epoch, stored_through, before, chain, "
    "quarantined,"
    "                                       missing, last_commit, first_at, last_at)"
    "  SELECT tenant, device, lane, epoch, through, before, substr(chains, octet_length(chains) - 15), "
    "quarantined,"
    "         missing, commit, $12, $12 FROM run, number ORDER BY tenant, device, lane, epoch"
    "  ON CONFLICT (tenant, device, lane, epoch) DO UPDATE SET"
    "    stored_through = excluded.stored_through, before = excluded.before, chain = excluded.chain,"
    "    quarantined = s.quarantined + excluded.quarantined, missing = s.missing + excluded.missing,"
    "    last_commit = excluded.last_commit, last_at = excluded.last_at"
    "  WHERE s.stored_through = excluded.before"
    "  RETURNING s.xmax = 0 AND s.before <> 0 AS from_nowhere"
    "), marked AS ("
    "  INSERT INTO watchglass.stream_landmarks (tenant, device, lane, epoch, through, commit, at)"
    "  SELECT tenant, device, lane, epoch, through, commit, $12 FROM run, number "
    "  WHERE through / 16 > before / 16 ON CONFLICT DO NOTHING"
    "), noted AS ("
    "  INSERT INTO watchglass.commits (commit, at, tenants, devices, lanes, epochs, froms, throughs, chains, "
    "previous,"
    "                                  t_firsts, t_lasts)"
    "  SELECT number.commit, $12, $1, $2, $3, $4, ARRAY(SELECT before + 1 FROM run ORDER BY n), $6, $7,"
    "         earlier.commits, $10::timestamptz[], $11::timestamptz[]"
    "  FROM number, earlier RETURNING commit"
    ") "
    "SELECT (SELECT count(*) FROM moved WHERE NOT from_nowhere), noted.commit, "
    "pg_notify('watchglass_committed', "
    "noted.commit::text)::text "
    "FROM noted";

constexpr const char* announce_sql =
    "WITH noted AS ("
    "  INSERT INTO watchglass.commits (commit, at, tenants, devices, lanes, epochs, froms, throughs, chains, "
    "previous,"
    "                                  t_firsts, t_lasts)"
    "  SELECT nextval('watchglass.commit_numbers'), $9, $1, $2, $3, $4, $5, $6,"
    "         array_fill(''::bytea, ARRAY[cardinality($1)]), array_fill(0::bigint, ARRAY[cardinality($1)]), "
    "$7, $8"
    "  RETURNING commit"
    ") "
    "SELECT commit, pg_notify('watchglass_committed', commit::text)::text FROM noted";

// Follows the stream's commits from the nearest landmark behind the place back to the one that holds it. Between two
// landmarks are at most 16 places, and so as many commits; behind the last one the newest commit is where it begins.
constexpr std::int32_t most_hops = 64;
constexpr const char* kept_chain_sql =
    "WITH RECURSIVE hop AS ("
    "  SELECT coalesce((SELECT l.commit FROM watchglass.stream_landmarks l"
    "                   WHERE l.tenant = $1 AND l.device = $2 AND l.lane = $3 AND l.epoch = $4 AND l.through "
    ">= $5"
    "                   ORDER BY l.through LIMIT 1), s.last_commit) AS commit,"
    "         NULL::bigint AS from_seq, NULL::bigint AS through, NULL::bytea AS chains, 0 AS hops"
    "  FROM watchglass.streams s WHERE s.tenant = $1 AND s.device = $2 AND s.lane = $3 AND s.epoch = $4"
    "  UNION ALL"
    "  SELECT e.previous, e.from_seq, e.through, e.chains, h.hops + 1 FROM hop h"
    "  JOIN watchglass.commits c ON c.commit = h.commit"
    "  CROSS JOIN LATERAL unnest(c.tenants, c.devices, c.lanes, c.epochs, c.froms, c.throughs, c.chains, "
    "c.previous)"
    "    AS e(tenant, device, lane, epoch, from_seq, through, chains, previous)"
    "  WHERE e.tenant = $1 AND e.device = $2 AND e.lane = $3 AND e.epoch = $4"
    "    AND (h.from_seq IS NULL OR h.from_seq > $5) AND h.hops < $6"
    ") SELECT through, chains FROM hop WHERE from_seq <= $5 AND through >= $5";

std::vector<StreamState> states(const Rows& rows) {
    std::vector<StreamState> out;
    out.reserve(static_cast<std::size_t>(rows.size()));
    for (const Row row : rows)
        out.push_back({{columns::device_key(row, 0), columns::stream_id(row, 2)},
                       StreamSeq{row.uint64(4)},
                       columns::chain(row.bytes(5)),
                       row.uint64(6),
                       row.uint64(7)});
    return out;
}

Result<std::vector<StreamState>> states(Result<Rows> rows) {
    if (!rows) return failed(rows);
    return states(*rows);
}

/// What the two statements that write `commits` have in common.
struct RunColumns {
    explicit RunColumns(std::span<const StreamRun> runs) : keys(runs.size()) {
        for (const StreamRun& run : runs) {
            keys.add(run.stream.device, run.stream.stream);
            froms.push_back(of(run.from));
            throughs.push_back(of(run.through));
            t_firsts.push_back(run.t_first);
            t_lasts.push_back(run.t_last);
        }
    }
    columns::StreamKeys keys;
    std::vector<std::int64_t> froms, throughs;
    std::vector<WallTime> t_firsts, t_lasts;
};

}  // namespace

Result<std::vector<StreamState>> load_streams(Connection& connection, std::string_view shards) {
    return states(connection.run(by_shard_sql, {shards}));
}

Result<std::vector<StreamState>> load_streams(Connection& connection, const DeviceKey& device) {
    return states(connection.run(by_device_sql, {device.tenant, device.device}));
}

Result<std::vector<StreamState>> lock_streams(UnitOfWork& unit, std::span<const StreamKey> streams) {
    columns::StreamKeys keys{streams.size()};
    for (const StreamKey& key : streams) keys.add(key.device, key.stream);
    return states(unit.run(lock_sql, {keys.tenants, keys.devices, keys.lanes, keys.epochs}));
}

Result<std::int64_t> advance_streams(UnitOfWork& unit, std::span<const StreamRun> runs, WallTime received) {
    const RunColumns c{runs};
    std::vector<std::int64_t> befores, quarantined, missing;
    std::vector<ByteSpan> chains;
    for (const StreamRun& run : runs) {
        befores.push_back(of(run.from) - 1);
        quarantined.push_back(static_cast<std::int64_t>(run.quarantined));
        missing.push_back(static_cast<std::int64_t>(run.missing));
        static_assert(sizeof(Chain) == 16);  // so that a vector of them is their concatenation
        chains.emplace_back(run.chains.empty() ? nullptr : run.chains.front().data(), run.chains.size() * 16);
    }
    auto rows = unit.run_prepared(
        advance_sql, {c.keys.tenants, c.keys.devices, c.keys.lanes, c.keys.epochs, befores, c.throughs,
                      chains, quarantined, missing, c.t_firsts, c.t_lasts, received});
    if (!rows) return failed(rows);
    const Row row = (*rows)[0];
    if (row.int64(0) != static_cast<std::int64_t>(runs.size()))
        return failed(Failure{codes::stream_moved, Next::retry_later, {}, {}});
    return row.int64(1);
}

Result<std::int64_t> announce_replayed(UnitOfWork& unit, std::span<const StreamRun> runs, WallTime received) {
    const RunColumns c{runs};
    auto rows = unit.run(announce_sql, {c.keys.tenants, c.keys.devices, c.keys.lanes, c.keys.epochs, c.froms,
                                        c.throughs, c.t_firsts, c.t_lasts, received});
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0);
}

Result<std::optional<Chain>> kept_chain(Connection& connection, const StreamKey& stream, StreamSeq seq) {
    auto rows = connection.run_prepared(kept_chain_sql,
                                        {stream.device.tenant, stream.device.device, of(stream.stream.lane),
                                         of(stream.stream.epoch), of(seq), most_hops});
    if (!rows) return failed(rows);
    if (rows->empty()) return std::nullopt;
    const ByteSpan chains = (*rows)[0].bytes(1);
    const auto behind = (*rows)[0].uint64(0) - seq.value();  // positions after the wanted one
    const std::size_t kept = chains.size() / 16;
    if (behind >= kept) return std::nullopt;  // before a gap
    return columns::chain(chains.subspan((kept - 1 - behind) * 16, 16));
}

}  // namespace watchglass::storage

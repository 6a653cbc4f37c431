// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/quarantine_store.h"

#include "libs/foundation/utf8.h"
#include "storage/postgres/codes.h"
#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

constexpr const char* keep_sql =
    "INSERT INTO watchglass.quarantine AS q (tenant, device, topic, lane, epoch, seq, received, code, "
    "detail, "
    "bytes) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT (tenant, coalesce(device, 0), code, ((received AT TIME ZONE 'UTC')::date), "
    "hashtextextended(topic, 0),"
    " sha256(bytes)) WHERE seq IS NULL DO UPDATE SET seen = q.seen + 1";

constexpr const char* requests_sql =
    "SELECT q.id, q.tenant, q.device, d.device_id, q.lane, q.epoch, q.seq, q.received, q.topic, q.bytes "
    "FROM watchglass.quarantine q JOIN watchglass.devices d ON d.tenant = q.tenant AND d.device = q.device "
    "WHERE q.state = 2 AND left(d.device_id, 1) = ANY (string_to_array($1, NULL)) ORDER BY q.id LIMIT $2";

// A position that was quarantined is stored from now on.
constexpr const char* replayed_sql =
    "WITH done AS ("
    "  UPDATE watchglass.quarantine SET state = 3, changed_at = now() WHERE id = $1 AND state <> 3"
    "  RETURNING tenant, device, lane, epoch"
    "), counted AS ("
    "  UPDATE watchglass.streams s SET quarantined = s.quarantined - 1 FROM done"
    "  WHERE s.tenant = done.tenant AND s.device = done.device AND s.lane = done.lane AND s.epoch = "
    "done.epoch"
    ") SELECT count(*) FROM done";

}  // namespace

std::string_view to_text(QuarantineState state) {
    switch (state) {
        case QuarantineState::open: return "open";
        case QuarantineState::replay_requested: return "replay_requested";
        case QuarantineState::replayed: return "replayed";
    }
    return "unknown";
}

Result<void> keep_in_quarantine(UnitOfWork& unit, std::span<const QuarantineRow> rows) {
    for (const QuarantineRow& row : rows) {
        std::optional<std::int32_t> device;
        std::optional<std::int16_t> lane;
        std::optional<std::int64_t> epoch, seq;
        if (row.device) device = row.device->device.value();
        if (row.stream) {
            lane = of(row.stream->lane);
            epoch = of(row.stream->epoch);
            seq = of(row.seq);
        }
        // printable(): a topic or a reason may quote what a stranger sent, and text holds neither NUL nor broken UTF-8.
        const std::int32_t tenant = row.device ? row.device->tenant.value() : 0;
        auto done =
            unit.run_prepared(keep_sql, {tenant, device, printable(row.topic), lane, epoch, seq, row.received,
                                         printable(row.code), printable(row.detail), row.bytes});
        if (!done) return failed(done);
    }
    return {};
}

Result<void> request_replay(UnitOfWork& unit, std::int64_t id, std::optional<TenantNumber> tenant) {
    auto found = unit.run(
        "SELECT state FROM watchglass.quarantine WHERE id = $1 AND ($2::int IS NULL OR tenant = $2) "
        "FOR UPDATE",
        {id, tenant});
    if (!found) return failed(found);
    if (found->empty())
        return failed(Failure{watchglass::codes::not_found,
                              Next::give_up,
                              "No quarantined message has the number " + std::to_string(id),
                              {}});
    if ((*found)[0].int16(0) == static_cast<std::int16_t>(QuarantineState::replayed))
        return failed(Failure{codes::already_exists, Next::give_up, "It was replayed before", {}});
    auto done =
        unit.run("UPDATE watchglass.quarantine SET state = 2, changed_at = now() WHERE id = $1", {id});
    if (!done) return failed(done);
    auto told = unit.run("SELECT pg_notify('watchglass_quarantine', $1)::text", {std::to_string(id)});
    if (!told) return failed(told);
    return {};
}

Result<std::vector<ReplayRequest>> replay_requests(Connection& connection, std::string_view shards,
                                                   int most) {
    auto rows = connection.run(requests_sql, {shards, most});
    if (!rows) return failed(rows);
    std::vector<ReplayRequest> requests;
    for (const Row row : *rows) {
        auto device = DeviceId::parse(row.view(3));
        if (!device) return failed(device);
        const ByteSpan bytes = row.bytes(9);
        std::optional<StreamId> stream;
        if (!row.is_null(4)) stream = columns::stream_id(row, 4);
        requests.push_back({row.int64(0), columns::device_key(row, 1), std::move(*device), stream,
                            StreamSeq{row.uint64(6)}, row.time(7), row.text(8),
                            Bytes(bytes.begin(), bytes.end())});
    }
    return requests;
}

Result<bool> mark_replayed(UnitOfWork& unit, std::int64_t id) {
    auto rows = unit.run(replayed_sql, {id});
    if (!rows) return failed(rows);
    return (*rows)[0].int64(0) == 1;
}

Result<void> mark_refused_again(UnitOfWork& unit, std::int64_t id, std::string_view code,
                                std::string_view detail) {
    auto done = unit.run(
        "UPDATE watchglass.quarantine SET state = 1, detail = $3, changed_at = now(),"
        " code = CASE WHEN seq IS NULL THEN code ELSE $2 END "
        "WHERE id = $1 AND state = 2",
        {id, printable(code), printable(detail)});
    if (!done) return failed(done);
    return {};
}

}  // namespace watchglass::storage

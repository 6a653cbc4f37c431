// SPDX-License-Identifier: Apache-2.0
#include "storage/read/tail.h"

#include <charconv>

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

constexpr const char* positions_sql =
    "SELECT array_agg(u.tenant), array_agg(u.device), array_agg(u.lane), array_agg(u.epoch), "
    "array_agg(u.from_seq),"
    " array_agg(u.through), array_agg(u.t_first), array_agg(u.t_last) "
    "FROM watchglass.commits c "
    "CROSS JOIN LATERAL unnest(c.tenants, c.devices, c.lanes, c.epochs, c.froms, c.throughs, c.t_firsts, "
    "c.t_lasts)"
    " AS u(tenant, device, lane, epoch, from_seq, through, t_first, t_last) "
    "WHERE c.commit = $1 AND ($2::int IS NULL OR u.tenant = $2) HAVING count(*) > 0";

constexpr const char* changes_sql =
    "SELECT d.device_id, f.tenant, f.sub_device, p.name, p.unit, f.t + u.offset_us * interval '1 "
    "microsecond', u.value,"
    " CASE p.type WHEN 'enumeration' THEN p.labels[u.value::int + 1] ELSE u.text_value END, f.clock_quality, "
    "f.received "
    "FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], "
    "$7::timestamptz[],"
    " $8::timestamptz[]) AS r(tenant, device, lane, epoch, from_seq, through, t_first, t_last) "
    "JOIN watchglass.devices d ON d.tenant = r.tenant AND d.device = r.device AND ($9::text IS NULL OR "
    "d.device_id = $9) "
    "JOIN watchglass.frames f ON f.tenant = r.tenant AND f.device = r.device AND f.t BETWEEN r.t_first AND "
    "r.t_last"
    " AND f.lane = r.lane AND f.epoch = r.epoch AND f.seq BETWEEN r.from_seq AND r.through "
    "CROSS JOIN LATERAL unnest(f.parameters, f.offsets_us, f.numbers, f.texts) WITH ORDINALITY"
    " AS u(number, offset_us, value, text_value, n) "
    "JOIN watchglass.dictionary_parameters p ON p.dictionary = f.dictionary AND p.number = u.number "
    "WHERE $10::text IS NULL OR p.name = $10 "
    "ORDER BY f.tenant, f.device, f.lane, f.epoch, f.seq, u.n";

}  // namespace

std::optional<std::int64_t> parse_commit_number(const std::string& payload) {
    std::int64_t number = 0;
    const char* end = payload.data() + payload.size();
    const auto parsed = std::from_chars(payload.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

Result<std::vector<TailChange>> read_commit(Connection& connection, const ReadScope& scope,
                                            std::int64_t commit, const TailFilter& filter) {
    auto unit = UnitOfWork::begin(connection, Access::read_only);
    if (!unit) return failed(unit);
    std::vector<TailChange> changes;
    auto positions = unit->run(positions_sql, {commit, scope.tenant});
    if (!positions) return failed(positions);
    if (positions->empty()) return changes;

    // From here on PostgreSQL itself hides other tenants' rows; `commits` cannot be read any more.
    if (auto narrowed = narrow_to(*unit, scope); !narrowed) return failed(narrowed);
    const Row p = (*positions)[0];
    auto rows =
        unit->run(changes_sql, {p.int32s(0), p.int32s(1), p.int16s(2), p.int64s(3), p.int64s(4), p.int64s(5),
                                p.times(6), p.times(7), filter.device, filter.parameter});
    if (!rows) return failed(rows);
    for (const Row row : *rows) {
        auto device = DeviceId::parse(row.view(0));
        if (!device) return failed(device);
        changes.push_back({std::move(*device), TenantNumber{row.int32(1)}, row.text(2), row.text(3),
                           row.text(4), row.time(5), row.optional_number(6), row.optional_text(7),
                           static_cast<ClockQuality>(row.int16(8)), row.time(9)});
    }
    return changes;
}

}  // namespace watchglass::storage

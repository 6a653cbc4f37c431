// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/event_store.h"

#include <optional>
#include <string>
#include <vector>

#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

constexpr const char* events_sql =
    "INSERT INTO watchglass.frame_events (tenant, device, lane, epoch, seq, ordinal, t, received, device_us,"
    " clock_quality, dictionary, sub_device, kind, severity, name, parameter, value, text) "
    "SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::smallint[],"
    " $7::timestamptz[], $8::timestamptz[], $9::bigint[], $10::smallint[], $11::int[], $12::text[], "
    "$13::smallint[],"
    " $14::smallint[], $15::text[], $16::smallint[], $17::float8[], $18::text[])";

constexpr const char* gaps_sql =
    "INSERT INTO watchglass.stream_gaps (tenant, device, lane, epoch, from_seq, to_seq, cause, changes_lost, "
    "received) "
    "SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],"
    " $7::smallint[], $8::bigint[], $9::timestamptz[])";

constexpr const char* repeats_sql =
    "INSERT INTO watchglass.stream_repeats (tenant, device, lane, epoch, from_seq, to_seq, received) "
    "SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],"
    " $7::timestamptz[])";

}  // namespace

Result<void> append_events(UnitOfWork& unit, std::span<const EventRow> events) {
    if (events.empty()) return {};
    columns::StreamKeys keys{events.size()};
    std::vector<std::int64_t> seqs, device_us;
    std::vector<std::int16_t> ordinals, qualities, kinds, severities;
    std::vector<std::int32_t> dictionaries;
    std::vector<WallTime> times, received;
    std::vector<std::string_view> sub_devices, names, texts;
    std::vector<std::optional<std::int16_t>> parameters;
    std::vector<std::optional<double>> values;
    for (const EventRow& event : events) {
        keys.add(event.device, event.stream);
        seqs.push_back(of(event.seq));
        ordinals.push_back(event.ordinal);
        times.push_back(event.t);
        received.push_back(event.received);
        device_us.push_back(event.device_us);
        qualities.push_back(of(event.clock_quality));
        dictionaries.push_back(event.dictionary.value());
        sub_devices.push_back(event.sub_device);
        kinds.push_back(static_cast<std::int16_t>(event.kind));
        severities.push_back(static_cast<std::int16_t>(event.severity));
        names.push_back(event.name);
        parameters.push_back(event.parameter);
        values.push_back(event.value);
        texts.push_back(event.text);
    }
    auto done =
        unit.run_prepared(events_sql, {keys.tenants, keys.devices, keys.lanes, keys.epochs, seqs, ordinals,
                                       times, received, device_us, qualities, dictionaries, sub_devices,
                                       kinds, severities, names, parameters, values, texts});
    if (!done) return failed(done);
    return {};
}

Result<void> append_possible_repeats(UnitOfWork& unit, std::span<const RepeatRow> repeats) {
    if (repeats.empty()) return {};
    columns::StreamKeys keys{repeats.size()};
    std::vector<std::int64_t> froms, tos;
    std::vector<WallTime> received;
    for (const RepeatRow& repeat : repeats) {
        keys.add(repeat.device, repeat.stream);
        froms.push_back(of(repeat.from));
        tos.push_back(of(repeat.to));
        received.push_back(repeat.received);
    }
    auto done = unit.run_prepared(
        repeats_sql, {keys.tenants, keys.devices, keys.lanes, keys.epochs, froms, tos, received});
    if (!done) return failed(done);
    return {};
}

Result<void> append_gaps(UnitOfWork& unit, std::span<const GapRow> gaps) {
    if (gaps.empty()) return {};
    columns::StreamKeys keys{gaps.size()};
    std::vector<std::int64_t> froms, tos, lost;
    std::vector<std::int16_t> causes;
    std::vector<WallTime> received;
    for (const GapRow& gap : gaps) {
        keys.add(gap.device, gap.stream);
        froms.push_back(of(gap.from));
        tos.push_back(of(gap.to));
        causes.push_back(static_cast<std::int16_t>(gap.cause));
        lost.push_back(static_cast<std::int64_t>(gap.changes_lost));
        received.push_back(gap.received);
    }
    auto done = unit.run_prepared(
        gaps_sql, {keys.tenants, keys.devices, keys.lanes, keys.epochs, froms, tos, causes, lost, received});
    if (!done) return failed(done);
    return {};
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/telemetry/latest_store.h"

#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "storage/postgres/encoding.h"
#include "storage/telemetry/columns.h"

namespace watchglass::storage {
namespace {

using columns::of;

// Rows are made empty first, so that each can be locked before it is read, and in one order, so that two writers
// cannot wait for each other.
constexpr const char* make_sql =
    "INSERT INTO watchglass.latest_values (tenant, device, sub_device, heard, parameters, dictionaries, "
    "numbers, texts,"
    " changed, confirmed, lanes, epochs, seqs) "
    "SELECT tenant, device, sub_device, $4, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}' "
    "FROM unnest($1::int[], $2::int[], $3::text[]) AS k(tenant, device, sub_device) "
    "ORDER BY tenant, device, sub_device ON CONFLICT DO NOTHING";

constexpr const char* lock_sql =
    "SELECT l.tenant, l.device, l.sub_device, l.heard, l.parameters, l.dictionaries, l.numbers, l.texts, "
    "l.changed,"
    " l.confirmed, l.lanes, l.epochs, l.seqs "
    "FROM unnest($1::int[], $2::int[], $3::text[]) AS k(tenant, device, sub_device) "
    "JOIN watchglass.latest_values l USING (tenant, device, sub_device) "
    "ORDER BY l.tenant, l.device, l.sub_device FOR UPDATE OF l";

constexpr const char* write_sql =
    "UPDATE watchglass.latest_values l SET heard = u.heard, parameters = u.parameters, dictionaries = "
    "u.dictionaries,"
    " numbers = u.numbers, texts = u.texts, changed = u.changed, confirmed = u.confirmed, lanes = u.lanes,"
    " epochs = u.epochs, seqs = u.seqs "
    "FROM unnest($1) u "
    "WHERE l.tenant = u.tenant AND l.device = u.device AND l.sub_device = u.sub_device";

LatestState state_of(const Row& row) {
    LatestState state{columns::device_key(row, 0), row.text(2), row.time(3), {}};
    const auto parameters = row.int16s(4);
    const auto dictionaries = row.int32s(5);
    const auto numbers = row.numbers(6);
    const auto texts = row.texts(7);
    const auto changed = row.times(8);
    const auto confirmed = row.times(9);
    const auto lanes = row.int16s(10);
    const auto epochs = row.int64s(11);
    const auto seqs = row.int64s(12);
    state.entries.reserve(parameters.size());
    for (std::size_t i = 0; i < parameters.size(); ++i)
        state.entries.push_back({parameters[i],
                                 DictionaryNumber{dictionaries[i]},
                                 numbers[i],
                                 texts[i].value_or(""),
                                 changed[i],
                                 confirmed[i],
                                 {static_cast<Lane>(lanes[i]), Epoch{static_cast<std::uint64_t>(epochs[i])}},
                                 StreamSeq{static_cast<std::uint64_t>(seqs[i])}});
    return state;
}

/// A row of latest_values as a composite value: the number of fields, then each field after its type.
void write_record(CopyBuffer& out, const LatestState& state) {
    namespace oid = encoding::oid;
    std::vector<std::int16_t> parameters, lanes;
    std::vector<std::int32_t> dictionaries;
    std::vector<std::int64_t> epochs, seqs;
    std::vector<double> numbers;
    std::vector<std::string_view> texts;
    std::vector<WallTime> changed, confirmed;
    for (const LatestEntry& entry : state.entries) {
        parameters.push_back(entry.parameter);
        dictionaries.push_back(entry.dictionary.value());
        numbers.push_back(entry.number);
        texts.push_back(std::isnan(entry.number) ? std::string_view(entry.text) : std::string_view{});
        changed.push_back(entry.changed);
        confirmed.push_back(entry.confirmed);
        lanes.push_back(of(entry.stream.lane));
        epochs.push_back(of(entry.stream.epoch));
        seqs.push_back(of(entry.seq));
    }
    const auto field = [&out](std::uint32_t type) -> CopyBuffer& {
        out.word(type);
        return out;
    };
    out.clear();
    out.word(13);
    field(oid::int4).int4(state.device.tenant.value());
    field(oid::int4).int4(state.device.device.value());
    field(oid::text).text(state.sub_device);
    field(oid::timestamptz).timestamptz(state.heard);
    field(oid::int2_array).int2s(parameters);
    field(oid::int4_array).int4s(dictionaries);
    field(oid::float8_array).float8s(numbers);
    field(oid::text_array).texts(texts);
    field(oid::timestamptz_array).timestamptzs(changed);
    field(oid::timestamptz_array).timestamptzs(confirmed);
    field(oid::int2_array).int2s(lanes);
    field(oid::int8_array).int8s(epochs);
    field(oid::int8_array).int8s(seqs);
}

}  // namespace

void add_to_news(LatestNewsByKey& news, std::span<const FrameRow> frames) {
    LatestKey key;
    for (const FrameRow& frame : frames) {
        key.device = frame.device;
        key.sub_device = frame.sub_device;
        add_to_news(news[key], frame);
    }
}

Result<void> LatestStore::apply(UnitOfWork& unit, const LatestNewsByKey& news) {
    if (news.empty()) return {};
    std::vector<std::int32_t> tenants, devices;
    std::vector<std::string> sub_devices;
    for (const auto& [key, one] : news) {
        tenants.push_back(key.device.tenant.value());
        devices.push_back(key.device.device.value());
        sub_devices.push_back(key.sub_device);
    }
    auto rows = unit.run_prepared(lock_sql, {tenants, devices, sub_devices});
    if (!rows) return failed(rows);
    if (static_cast<std::size_t>(rows->size()) < news.size()) {  // first words of a device
        auto made = unit.run_prepared(make_sql, {tenants, devices, sub_devices, news.begin()->second.heard});
        if (!made) return failed(made);
        rows = unit.run_prepared(lock_sql, {tenants, devices, sub_devices});
        if (!rows) return failed(rows);
    }
    std::vector<LatestState> states;
    states.reserve(static_cast<std::size_t>(rows->size()));
    for (const Row row : *rows) {
        LatestState& state = states.emplace_back(state_of(row));
        const auto about = news.find({state.device, state.sub_device});
        if (about != news.end()) apply_to_latest(state, about->second);
    }
    return write(unit, states);
}

Result<void> LatestStore::learn_types(UnitOfWork& unit) {
    auto rows = unit.run(
        "SELECT 'watchglass.latest_values'::regtype::oid::bigint,"
        " 'watchglass.latest_values[]'::regtype::oid::bigint");
    if (!rows) return failed(rows);
    row_type_ = static_cast<std::uint32_t>((*rows)[0].int64(0));
    array_type_ = static_cast<std::uint32_t>((*rows)[0].int64(1));
    return {};
}

Result<void> LatestStore::write(UnitOfWork& unit, std::span<const LatestState> states) {
    using namespace encoding;
    if (array_type_ == 0)
        if (auto learned = learn_types(unit); !learned) return learned;
    std::string array;
    append_u32(array, 1);  // dimensions
    append_u32(array, 0);
    append_u32(array, row_type_);
    append_u32(array, static_cast<std::uint32_t>(states.size()));
    append_u32(array, 1);  // first index
    for (const LatestState& state : states) {
        write_record(record_, state);
        append_u32(array, static_cast<std::uint32_t>(record_.size()));
        array.append(record_.bytes());
    }
    auto done = unit.run_prepared(write_sql, {Param::encoded(array_type_, std::move(array))});
    if (!done) return failed(done);
    return {};
}

}  // namespace watchglass::storage

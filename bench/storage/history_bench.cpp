// SPDX-License-Identifier: Apache-2.0
#include "bench/storage/history_bench.h"

#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "libs/foundation/clock.h"
#include "storage/history/closer.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t changes_a_frame = 100;
constexpr std::size_t frames_a_commit = 400;
constexpr std::int64_t day_us = 86'400'000'000;

/// A frame's columns, which its FrameRow points into.
struct Columns {
    std::vector<std::int16_t> parameters;
    std::vector<std::int32_t> offsets_us;
    std::vector<double> numbers;
    WallTime t;
};

std::vector<Columns> columns_of(const std::vector<PumpRow>& rows, const Dictionary& dictionary,
                                WallTime start, Microseconds step) {
    std::vector<Columns> frames;
    PumpRow before;
    before.fill(std::nan(""));
    WallTime at = start;
    for (const PumpRow& row : rows) {
        for (std::size_t c = 0; c < pump_channels; ++c) {
            if (row[c] == before[c]) continue;
            const bool full = frames.empty() || frames.back().parameters.size() == changes_a_frame ||
                              at - frames.back().t > Microseconds{15min};
            if (full) frames.push_back({{}, {}, {}, at});
            Columns& frame = frames.back();
            frame.parameters.push_back(static_cast<std::int16_t>(dictionary.parameters[c].number.value()));
            frame.offsets_us.push_back(static_cast<std::int32_t>((at - frame.t).count()));
            frame.numbers.push_back(row[c]);
        }
        before = row;
        at = at + step;
    }
    return frames;
}

}  // namespace

std::vector<PumpRow> recorded_rows(int hours) {
    const auto dictionary = pump_dictionary();
    const auto wanted = static_cast<std::size_t>(hours) * 3600;
    std::vector<PumpRow> rows;
    for (std::uint64_t seed = 1; rows.size() < wanted; ++seed) {
        const auto more = pump_rows(dictionary, seed);
        rows.insert(rows.end(), more.begin(), more.end());
        if (std::getenv("WATCHGLASS_REPLAY_CSV") != nullptr) break;  // it says the same each time
    }
    rows.resize(std::min(rows.size(), wanted));
    return rows;
}

std::vector<PumpRow> wandering_rows(int count) {
    const auto dictionary = pump_dictionary();
    constexpr PumpRow mean{0.0264, 0.0405, 1.3, 0.38, 77, 26, 230, 32};
    constexpr PumpRow spread{0.0004, 0.0006, 0.3, 0.25, 0.5, 0.3, 12, 1.4};
    std::vector<PumpRow> rows(static_cast<std::size_t>(count));
    for (std::size_t n = 0; n < rows.size(); ++n) {
        const auto phase = static_cast<double>(n);
        for (std::size_t c = 0; c < pump_channels; ++c) {
            const double wave = std::sin(phase * 0.7) + 0.5 * std::sin(phase * 0.013);
            rows[n][c] = dictionary.parameters[c].resolution.round(mean[c] + spread[c] * wave);
        }
    }
    return rows;
}

std::string in_sql(WallTime at) { return fmt::format("to_timestamp({})", at.us / 1'000'000); }

HistoryBench::HistoryBench()
    : ingest_(database_.connect("wg_ingest")),
      dictionary_(pump_dictionary()),
      dictionary_number_(database_.dictionary("pump-test-bench")) {
    const WallTime now = SystemClock{}.wall();
    midnight_ = WallTime{now.us - now.us % day_us};
    database_.run(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bench_reader') THEN"
        " CREATE ROLE bench_reader LOGIN IN ROLE wg_reader; END IF; END $$;");
    database_.run("INSERT INTO watchglass.tenant_readers (role, tenant) VALUES ('bench_reader', 1)");
}

HistoryBench::Instrument HistoryBench::add_instrument() {
    Instrument instrument;
    instrument.id = std::string(25, 'a') + static_cast<char>('a' + instruments_++);
    instrument.key = database_.add_device(must(DeviceId::parse(instrument.id)));
    return instrument;
}

std::int64_t HistoryBench::write(const Instrument& instrument, const std::vector<PumpRow>& rows,
                                 WallTime start, Microseconds step) {
    const auto columns = columns_of(rows, dictionary_, start, step);
    std::int64_t samples = 0;
    std::uint64_t seq = 0;
    std::vector<storage::FrameRow> frames;
    for (const Columns& column : columns) {
        storage::FrameRow frame;
        frame.device = instrument.key;
        frame.stream = {Lane::telemetry, Epoch{1}};
        frame.seq = StreamSeq{++seq};
        frame.t = frame.received = column.t;
        frame.device_us = column.t.us;
        frame.clock_quality = ClockQuality::synchronized;
        frame.dictionary = dictionary_number_;
        frame.parameters = column.parameters;
        frame.offsets_us = column.offsets_us;
        frame.numbers = column.numbers;
        frames.push_back(frame);
        samples += static_cast<std::int64_t>(column.parameters.size());
        if (frames.size() == frames_a_commit) append(std::exchange(frames, {}));
    }
    append(frames);
    return samples;
}

void HistoryBench::append(std::span<const storage::FrameRow> frames) {
    if (frames.empty()) return;
    must(frames_.prepare(ingest_, frames, frames.back().received));
    auto unit = must(storage::UnitOfWork::begin(ingest_));
    (void)must(frames_.append(unit, frames));
    if (unit.commit().committed != storage::Committed::yes) throw std::runtime_error("not committed");
}

void HistoryBench::make_narrow() {
    database_.run(
        "CREATE TABLE public.narrow (tenant int, device int, parameter smallint, t timestamptz, value float8,"
        " PRIMARY KEY (tenant, device, parameter, t));"
        "GRANT SELECT ON public.narrow TO PUBLIC");
    database_.run(
        "INSERT INTO public.narrow SELECT tenant, device, parameter, t, value FROM watchglass.hot_samples "
        "ORDER BY t");
}

std::int64_t HistoryBench::close_everything() {
    storage::history::Closer closer{storage::history::CloserSettings{}};
    std::int64_t samples = 0;
    while (const auto closed = must(closer.step(ingest_, SystemClock{}.wall()))) samples += closed->samples;
    return samples;
}

void HistoryBench::fill_latest(int instruments) {
    // Digits that base 32 has not stand for letters.
    database_.run(fmt::format(
        "INSERT INTO watchglass.devices (tenant, device_id, site, model, serial, state, dictionary)"
        " SELECT 1, 'fleet' || translate(lpad(i::text, 21, '0'), '0189', 'abcd'), 'bench', 'fleet', i::text, "
        "'enrolled',"
        " 'pump-test-bench' FROM generate_series(1, {}) i",
        instruments));
    database_.run(fmt::format(
        "INSERT INTO watchglass.latest_values (tenant, device, sub_device, heard, parameters, dictionaries, "
        "numbers,"
        " texts, changed, confirmed, lanes, epochs, seqs)"
        " SELECT tenant, device, '', now(), p.numbers, array_fill({}, ARRAY[8]), array_fill(device::float8, "
        "ARRAY[8]),"
        " array_fill(NULL::text, ARRAY[8]), array_fill(now(), ARRAY[8]), array_fill(now(), ARRAY[8]),"
        " array_fill(1::smallint, ARRAY[8]), array_fill(1::bigint, ARRAY[8]), array_fill(1::bigint, ARRAY[8])"
        " FROM watchglass.devices, (SELECT array_agg(i::smallint) AS numbers FROM generate_series(1, 8) i) p"
        " WHERE model = 'fleet'",
        dictionary_number_.value()));
}

void HistoryBench::vacuum() { must(database_.connect().run_script("VACUUM ANALYZE")); }

std::int64_t HistoryBench::bytes_of(const std::string& table) const {
    // A table that is not partitioned is no tree.
    return database_.number(
        fmt::format("SELECT sum(pg_total_relation_size(relid))::bigint FROM (SELECT relid FROM "
                    "pg_partition_tree('{0}') UNION SELECT '{0}'::regclass) r",
                    table));
}

storage::Connection HistoryBench::connect_reader() const { return database_.connect("bench_reader"); }

}  // namespace watchglass::bench

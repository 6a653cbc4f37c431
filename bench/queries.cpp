// SPDX-License-Identifier: Apache-2.0
// What history takes on disk and how fast it answers: hot (a row per frame), closed (a row per series and hour), and, as the
// yardstick of the same run, narrow rows under a primary key. In a PostgreSQL of its own, through the stores that the
// platform writes with, read by a reader's role through the documented functions.
#include <algorithm>
#include <functional>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/report.h"
#include "bench/storage/history_bench.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

constexpr Microseconds day = 24h;
constexpr int day_points = 10'000;

/// The middle of `rounds` answers in milliseconds, rows fetched; the first, which fills caches, is not counted.
double median_ms(storage::Connection& reader, const std::string& query, int rounds, int rows_wanted) {
    std::vector<double> ms;
    for (int round = 0; round <= rounds; ++round) {
        const bench::Stopwatch watch;
        const auto rows = bench::must(reader.run_prepared(query));
        if (round > 0) ms.push_back(watch.seconds() * 1000);
        if (rows.size() != rows_wanted)
            throw std::runtime_error(
                fmt::format("{} rows instead of {}: {}", rows.size(), rows_wanted, query));
    }
    std::nth_element(ms.begin(), ms.begin() + rounds / 2, ms.end());
    return ms[static_cast<std::size_t>(rounds / 2)];
}

/// Bytes a sample: recorded readings once a second, 100 changes a frame, hours that differ from one another.
void measure_disk(bool quick) {
    bench::HistoryBench bench;
    const int instruments = quick ? 2 : 8;
    const auto rows = bench::recorded_rows(quick ? 3 : 12);
    const WallTime start = bench.midnight() + -(day * 3);
    std::int64_t samples = 0;
    for (int i = 0; i < instruments; ++i) samples += bench.write(bench.add_instrument(), rows, start, 1s);
    const auto each = [&](std::int64_t bytes) {
        return static_cast<double>(bytes) / static_cast<double>(samples);
    };
    bench.make_narrow();
    bench.vacuum();
    const double narrow = each(bench.bytes_of("public.narrow"));
    const double hot = each(bench.bytes_of("watchglass.frames"));
    const bench::Stopwatch watch;
    const auto closed = bench.close_everything();
    const double seconds = watch.seconds();
    if (closed != samples)
        throw std::runtime_error(fmt::format("{} of {} samples were closed", closed, samples));
    bench.vacuum();
    bench::report("narrow_pk.bytes_per_sample", narrow, "bytes (narrow rows + primary key)");
    bench::report("bytes_per_sample.disk_hot", hot, "bytes", bench::Target{"<= 22"},
                  "narrow_pk.bytes_per_sample");
    bench::report("bytes_per_sample.disk_closed", each(bench.bytes_of("watchglass.series_chunks")), "bytes",
                  bench::Target{"<= 8"}, "narrow_pk.bytes_per_sample");
    bench::report("closing.samples_per_s", static_cast<double>(samples) / seconds, "samples/s");
}

/// Times of answers. All three forms of the day must hold the same number of points.
void measure_queries(bool quick) {
    bench::HistoryBench bench;
    const int rounds = quick ? 10 : 50;
    const WallTime start = bench.midnight() + -(day * 2);
    const auto one_day = bench.add_instrument();
    bench.write(one_day, bench::wandering_rows(day_points), start, day / day_points);
    bench.make_narrow();
    bench.vacuum();
    auto reader = bench.connect_reader();
    const auto telemetry = fmt::format("SELECT t, value FROM watchglass.telemetry('{}', 'current', {}, {})",
                                       one_day.id, bench::in_sql(start), bench::in_sql(start + day));
    const auto narrow = fmt::format(
        "SELECT t, value FROM public.narrow WHERE tenant = 1 AND device = {} AND parameter = 3 AND t >= {}"
        " AND t < {} ORDER BY t",
        one_day.key.device.value(), bench::in_sql(start), bench::in_sql(start + day));
    const double narrow_ms = median_ms(reader, narrow, rounds, day_points);
    const double hot_ms = median_ms(reader, telemetry, rounds, day_points);

    const auto one_year = bench.add_instrument();
    const int minutes = quick ? 10 : 1;
    bench.write(one_year, bench::wandering_rows(365 * 24 * 60 / minutes), start + -(day * 365),
                std::chrono::minutes{minutes});
    bench.close_everything();
    bench.vacuum();
    const double day_ms = median_ms(reader, telemetry, rounds, day_points);
    const auto overview =
        fmt::format("SELECT * FROM watchglass.telemetry_buckets('{}', 'current', {}, {}, interval '1 day')",
                    one_year.id, bench::in_sql(start + -(day * 365)), bench::in_sql(start));
    const double year_ms = median_ms(reader, overview, rounds, 365);

    constexpr int fleet = 10'000;
    bench.fill_latest(fleet);
    bench.vacuum();
    const double latest_ms = median_ms(
        reader,
        "SELECT device_id, value, changed, freshness FROM watchglass.latest WHERE parameter = 'voltage'",
        rounds, fleet);

    bench::report("narrow_pk.day_ms", narrow_ms, "ms (narrow rows + primary key)");
    bench::report("query_ms.day", day_ms, "ms (10,000 points, closed)", bench::Target{"<= 8"},
                  "narrow_pk.day_ms");
    bench::report("query_ms.day_hot", hot_ms, "ms (10,000 points, hot)", "narrow_pk.day_ms");
    bench::report("query_ms.year_overview", year_ms, "ms (365 buckets of a day)", bench::Target{"<= 50"});
    bench::report("query_ms.latest_10k", latest_ms, "ms (one parameter of 10,000 devices)");
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    measure_disk(options.quick);
    measure_queries(options.quick);
    return 0;
}

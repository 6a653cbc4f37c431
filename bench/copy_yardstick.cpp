// SPDX-License-Identifier: Apache-2.0
// The yardstick of end-to-end figures: how fast this PostgreSQL takes the same number of samples as narrow rows, without
// an index, by binary COPY. Run as the database's account: watchglass_copy_yardstick DSN SAMPLES. Prints rows/s.
#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "bench/report.h"
#include "storage/postgres/binary_copy.h"
#include "storage/postgres/connection.h"
#include "storage/postgres/unit_of_work.h"

namespace {

using namespace watchglass;

/// Rows a second with `batch` rows in each COPY, every COPY a transaction of its own.
Result<double> copy(storage::Connection& connection, std::int64_t samples, std::int64_t batch) {
    auto made = connection.run_script(
        "DROP TABLE IF EXISTS public.yardstick;"
        "CREATE TABLE public.yardstick (tenant int4, device int4, parameter int2, t timestamptz, value "
        "float8)");
    if (!made) return failed(made);
    storage::CopyBuffer buffer;
    const bench::Stopwatch watch;
    for (std::int64_t done = 0; done < samples; done += batch) {
        auto unit = storage::UnitOfWork::begin(connection);
        if (!unit) return failed(unit);
        storage::BinaryCopy rows{*unit, buffer, "public.yardstick (tenant, device, parameter, t, value)"};
        for (std::int64_t i = done; i < std::min(samples, done + batch); ++i) {
            auto& row = rows.row(5);
            row.int4(1);
            row.int4(static_cast<std::int32_t>(i % 500));
            row.int2(static_cast<std::int16_t>(i % 8));
            row.timestamptz(WallTime{1'583'748'873'000'000 + i * 1000});
            row.float8(static_cast<double>(i % 4096) * 0.25);
        }
        if (auto sent = rows.finish(); !sent) return failed(sent);
        if (auto outcome = unit->commit(); outcome.committed != storage::Committed::yes)
            return failed(*outcome.failure);
    }
    const double seconds = watch.seconds();
    if (auto dropped = connection.run_script("DROP TABLE public.yardstick"); !dropped) return failed(dropped);
    return static_cast<double>(samples) / seconds;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: watchglass_copy_yardstick DSN SAMPLES\n");
        return 2;
    }
    auto connection = storage::Connection::open(argv[1], "copy-yardstick");
    if (!connection) {
        fmt::print(stderr, "{} {}\n", connection.error().message(), connection.error().cause);
        return 1;
    }
    double best = 0;
    for (const std::int64_t batch : {500, 5'000, 50'000}) {
        const auto rate = copy(*connection, std::atoll(argv[2]), batch);
        if (!rate) {
            fmt::print(stderr, "{} {}\n", rate.error().message(), rate.error().cause);
            return 1;
        }
        best = std::max(best, *rate);
    }
    fmt::print("{}\n", best);
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// From a frame to committed rows that can be queried, through TLS, the one port, the broker and ingest into PostgreSQL, all
// on this machine:
// - drain: the broker holds a backlog for ingest, which stood still; from its first breath to the last Stored.
// - live: instruments send as fast as the platform takes it, on the same cores.
// Both at 100 and at 20 changes a frame, each beside raw COPY BINARY of as many narrow rows in the same PostgreSQL, and
// each checked afterwards: count and digest of every series as sent and as the view `samples` answers.
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/load/load.h"
#include "bench/processes.h"
#include "bench/report.h"

namespace {

using namespace watchglass;
using namespace std::chrono_literals;

const std::vector<std::string> programs{"haproxy", "mosquitto", "ingestd", "postgres"};

struct Measured {
    double seconds = 0;
    std::uint64_t samples = 0;
    bench::CpuTimes cpu;
    double generator_cpu = 0;

    [[nodiscard]] double rate() const { return static_cast<double>(samples) / seconds; }
    [[nodiscard]] double cpu_a_million(const std::string& program) const {
        return cpu.at(program) / (static_cast<double>(samples) / 1e6);
    }
};

double copy_yardstick(const test::RunningStack& stack, std::uint64_t samples) {
    SpawnOptions options;
    options.argv = {std::string{std::getenv("WATCHGLASS_BUILD_DIR")} + "/bench-bin/watchglass_copy_yardstick",
                    fmt::format("host={} dbname=watchglass user=watchglass",
                                stack.description().postgres_socket_directory.string()),
                    std::to_string(samples)};
    options.directory = "/";
    if (stack.account().must_drop) {
        options.uid = stack.account().uid;
        options.gid = stack.account().gid;
    }
    const auto finished = run_program(std::move(options), 300s);
    if (!finished || !finished->status.success()) {
        throw std::runtime_error("the yardstick failed: " +
                                 (finished ? finished->err : finished.error().message()));
    }
    return std::strtod(finished->out.c_str(), nullptr);
}

/// Adds one stretch of work to what was measured so far.
template <class Work>
void measure(const test::RunningStack& stack, std::uint64_t samples, Measured& sum, Work work) {
    const auto cpu = bench::cpu_times(stack, programs);
    const double own = bench::cpu_seconds();
    const bench::Stopwatch watch;
    work();
    sum.seconds += watch.seconds();
    sum.generator_cpu += bench::cpu_seconds() - own;
    for (const auto& [program, seconds] : bench::difference(bench::cpu_times(stack, programs), cpu))
        sum.cpu[program] += seconds;
    sum.samples += samples;
}

/// The broker keeps 5,000 messages for a client: ingest stands still while they gather.
Measured drain(const test::RunningStack& stack, bench::Load& load, std::size_t frames_each, int rounds) {
    Measured sum;
    for (int round = 0; round < rounds; ++round) {
        const auto before = load.samples();
        stack.kill("ingestd", SIGSTOP);
        load.make(frames_each);
        load.hand_over();
        measure(stack, load.samples() - before, sum, [&] {
            stack.kill("ingestd", SIGCONT);
            load.store(UINT64_MAX / 2);
        });
    }
    return sum;
}

Measured live(const test::RunningStack& stack, bench::Load& load, std::size_t frames_each) {
    Measured sum;
    const auto before = load.samples();
    load.make(frames_each);
    measure(stack, load.samples() - before, sum, [&] { load.store(400); });
    return sum;
}

/// At 100 changes a frame what storage was designed for; at 20 the rest of the way is counted too.
struct Goals {
    std::string_view drain_ratio;
    std::string_view live_ratio;
    std::string_view ingest_and_postgres;
    std::string_view all;
};
constexpr Goals at_100{">= 1", ">= 0.5", "<= 0.5", "<= 1"};
constexpr Goals at_20{"", "", "", "<= 2.5"};

void report(const std::string& what, const std::string& at, const Measured& measured, double copied,
            std::string_view ratio) {
    bench::report("e2e." + what + "_samples_per_s" + at, measured.rate(), "samples/s",
                  "copy_binary.rows_per_s" + at);
    bench::report("e2e." + what + "_ratio_to_copy_binary" + at, measured.rate() / copied, "",
                  bench::Target{ratio});
    for (const auto& program : programs)
        bench::report("e2e." + what + "_cpu_s_per_million." + program + at, measured.cpu_a_million(program),
                      "CPU-s");
    bench::report("e2e." + what + "_cpu_s_per_million.generator" + at,
                  measured.generator_cpu / (static_cast<double>(measured.samples) / 1e6), "CPU-s");
}

bool run(std::size_t changes_a_frame, const std::string& at, const Goals& goals, bool quick) {
    const test::RunningStack stack;
    bench::Load load{stack, {.instruments = 32, .changes_a_frame = changes_a_frame, .seed = changes_a_frame}};
    const std::size_t frames_each = 150;  // 4,800 in all
    load.make(20);
    load.store(400);  // partitions, plans and caches are there

    const Measured drained = drain(stack, load, frames_each, quick ? 4 : 16);
    const Measured lived = live(stack, load, quick ? 500 : 2500);
    const double copied = copy_yardstick(stack, lived.samples);
    const auto difference = load.differences();
    if (!difference.empty()) fmt::print(stderr, "{}\n", difference);

    bench::report("copy_binary.rows_per_s" + at, copied, "rows/s");
    report("drain", at, drained, copied, goals.drain_ratio);
    report("live", at, lived, copied, goals.live_ratio);
    bench::report("e2e.verified" + at, difference.empty() ? 1 : 0, "1 = count and digest of every series");
    bench::report("cpu_s_per_million.ingest_and_postgres" + at,
                  drained.cpu_a_million("ingestd") + drained.cpu_a_million("postgres"), "CPU-s",
                  bench::Target{goals.ingest_and_postgres});
    double all = 0;
    for (const auto& program : programs) all += lived.cpu_a_million(program);
    bench::report("cpu_s_per_million.all" + at, all, "CPU-s (front door, broker, ingest, PostgreSQL; live)",
                  bench::Target{goals.all});
    return difference.empty();
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const bool good = run(100, "", at_100, options.quick);
    return run(20, ".at_20", at_20, options.quick) && good ? 0 : 1;
}

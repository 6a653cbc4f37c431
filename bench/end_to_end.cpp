// SPDX-License-Identifier: Apache-2.0
// From instruments to committed rows: agents replay recordings as fast as they can through TLS, the one port, the broker
// and ingest into PostgreSQL, all on this machine, and every changed reading is counted in the tables afterwards.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/report.h"
#include "test/support/pump_recording.h"
#include "test/support/running_stack.h"

namespace {

using namespace watchglass;
using namespace std::chrono_literals;

struct Instrument {
    std::filesystem::path directory;
    std::string device;
    std::filesystem::path recording;
    std::size_t samples = 0;
};

Instrument make_instrument(const test::RunningStack& stack, int number, int rows) {
    Instrument instrument;
    instrument.directory = stack.scratch() / fmt::format("instrument-{}", number);
    instrument.device =
        stack.enroll(instrument.directory, fmt::format("BENCH-{}", number), "pump-test-bench");
    instrument.recording = test::pump_recording(stack.scratch(), static_cast<std::uint64_t>(number), rows);
    for (const auto& [parameter, readings] : test::changed_readings(instrument.recording)) {
        instrument.samples += readings.size();
    }
    return instrument;
}

ChildProcess start(const Instrument& instrument) {
    auto options = test::replaying_agent(instrument.directory, instrument.recording);
    options.out = FileStream{instrument.directory / "agent.log"};
    options.err = FileStream{instrument.directory / "agent.log"};
    return std::move(ChildProcess::spawn(options).value());
}

/// Processor seconds of a process and the children it has waited for.
double cpu_seconds_of(int pid) {
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(end_of_name + 2));
    std::string skipped;
    for (int i = 3; i < 14; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    double waited_user = 0;
    double waited_system = 0;
    fields >> user >> system >> waited_user >> waited_system;
    return (user + system + waited_user + waited_system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// PostgreSQL's work is in the server's children.
std::vector<int> with_children(int pid) {
    std::vector<int> pids{pid};
    std::ifstream in(fmt::format("/proc/{}/task/{}/children", pid, pid));
    for (int child = 0; in >> child;) pids.push_back(child);
    return pids;
}

struct Cpu {
    double ingest_and_postgres = 0;
    double platform = 0;
};

Cpu cpu_of(const test::RunningStack& stack) {
    Cpu cpu;
    for (const auto* name : {"postgres", "ingestd", "mosquitto", "haproxy"}) {
        for (const int pid : with_children(stack.pid_of(name))) {
            const double seconds = cpu_seconds_of(pid);
            cpu.platform += seconds;
            if (name == std::string_view{"postgres"} || name == std::string_view{"ingestd"}) {
                cpu.ingest_and_postgres += seconds;
            }
        }
    }
    return cpu;
}

double copy_yardstick(const test::RunningStack& stack, std::size_t samples) {
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

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const int instruments = 4;
    const int rows = options.quick ? 5'000 : 50'000;
    ::unsetenv("WATCHGLASS_REPLAY_CSV");  // each instrument replays a recording of its own

    const test::RunningStack stack;
    std::vector<Instrument> fleet;
    std::size_t samples = 0;
    for (int i = 0; i < instruments; ++i) {
        fleet.push_back(make_instrument(stack, i, rows));
        samples += fleet.back().samples;
    }

    const auto cpu_before = cpu_of(stack);
    const bench::Stopwatch watch;
    std::vector<ChildProcess> agents;
    for (const auto& instrument : fleet) agents.push_back(start(instrument));
    for (auto& agent : agents) {
        const auto ended = agent.wait(600s);
        if (!ended || !ended->success()) throw std::runtime_error("an agent did not store everything");
    }
    const double seconds = watch.seconds();
    const auto cpu_after = cpu_of(stack);

    const auto stored =
        stack.sql_number("SELECT coalesce(sum(cardinality(parameters)), 0) FROM watchglass.frames");
    const double millions = static_cast<double>(samples) / 1e6;
    const double copied = copy_yardstick(stack, samples);
    const double lived = static_cast<double>(samples) / seconds;
    bench::report("copy_binary.rows_per_s", copied, "rows/s");
    bench::report("e2e.live_samples_per_s", lived, "samples/s", "copy_binary.rows_per_s");
    bench::report("e2e.live_ratio_to_copy_binary", lived / copied, "");
    bench::report("e2e.verified", stored == static_cast<std::int64_t>(samples) ? 1 : 0,
                  "1 = all stored once");
    bench::report("cpu_s_per_million.ingest_and_postgres",
                  (cpu_after.ingest_and_postgres - cpu_before.ingest_and_postgres) / millions, "CPU-s");
    bench::report("cpu_s_per_million.all", (cpu_after.platform - cpu_before.platform) / millions,
                  "CPU-s (front door, broker, ingest, PostgreSQL)");
    return 0;
}

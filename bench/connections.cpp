// SPDX-License-Identifier: Apache-2.0
// Ten thousand instruments, each connected over mutual TLS through the one port to the broker: how much memory HAProxy,
// Mosquitto with its plugin and bridged take for each, and what it costs the platform when all come back at once after
// the front door was killed. Each does what an instrument does then: a full handshake, CONNECT with its will, its
// subscriptions, its status, its Hello. Before that the broker has published every will.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>

#include "bench/fleet/enrollment.h"
#include "bench/memory.h"
#include "bench/processes.h"
#include "bench/report.h"
#include "bench/swarm/swarm.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t handshakes_at_once = 100;
const std::vector<std::string> keep_connections{"haproxy", "mosquitto", "bridged"};
const std::vector<std::string> work_in_a_storm{"haproxy", "mosquitto", "bridged", "ingestd", "postgres"};

/// How many the front door of this stack lets in; a few are left for HTTPS.
std::size_t allowed(const test::RunningStack& stack) {
    constexpr std::size_t for_https = 50;
    const auto config = read_file(stack.directory() / "config" / "haproxy.cfg").value_or("");
    const auto at = config.find("maxconn ");
    const auto most = at == std::string::npos ? 0 : std::strtoul(config.c_str() + at + 8, nullptr, 10);
    return most > for_https ? most - for_https : 0;
}

/// Of those that hold the connections, in kilobytes.
std::map<std::string, double> memory_of(const test::RunningStack& stack) {
    std::map<std::string, double> kilobytes;
    for (const auto& name : keep_connections) kilobytes[name] = bench::resident_of(stack.pid_of(name)).all;
    return kilobytes;
}

double report_memory(const std::map<std::string, double>& before, const std::map<std::string, double>& after,
                     double count) {
    double sum = 0;
    for (const auto& [name, kilobytes] : after) {
        const double each = (kilobytes - before.at(name)) / count;
        bench::report("connections.kb_each." + name, each, "KB");
        sum += each;
    }
    return sum;
}

/// Kills the front door; until the launcher has started another and all instruments are back. CPU by program.
bench::CpuTimes storm(const test::RunningStack& stack, bench::Swarm& swarm, double& seconds) {
    auto before = bench::cpu_times(stack, work_in_a_storm);
    before["haproxy"] = 0;  // another process from now on
    const int door = stack.pid_of("haproxy");
    stack.kill("haproxy", SIGKILL);
    const bench::Stopwatch watch;
    swarm.lose_all(30s);
    if (!test::eventually(30s, [&] { return stack.pid_of("haproxy") != door; }))
        throw std::runtime_error("the front door was not started again");
    swarm.connect_all(handshakes_at_once, 300s);
    seconds = watch.seconds();
    swarm.settle();
    return bench::difference(bench::cpu_times(stack, work_in_a_storm), before);
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    bench::allow_many_files();
    const test::RunningStack stack;
    const std::size_t wanted = options.quick ? 500 : 10'000;
    const std::size_t count = std::min(wanted, allowed(stack));
    if (count < wanted)
        fmt::print(stderr, "only {} of {} connections: this user may have too few open files (ulimit -n)\n",
                   count, wanted);

    std::vector<std::filesystem::path> directories;
    for (std::size_t i = 0; i < count; ++i)
        directories.push_back(stack.scratch() / fmt::format("swarm-{}", i));
    const bench::Stopwatch enrolling;
    bench::enroll_instruments(stack, directories);
    bench::report("connections.count", static_cast<double>(count), "");
    bench::report("connections.enrolled_per_s", static_cast<double>(count) / enrolling.seconds(), "1/s");

    bench::Swarm swarm{directories};
    const auto memory_before = memory_of(stack);
    swarm.connect_all(handshakes_at_once, 300s);
    swarm.settle();
    const auto memory_connected = memory_of(stack);
    bench::report("connections.kb_each",
                  report_memory(memory_before, memory_connected, static_cast<double>(count)), "KB",
                  bench::Target{"<= 30"});

    const double own = bench::cpu_seconds();
    double seconds = 0;
    const auto cpu = storm(stack, swarm, seconds);
    double sum = 0;
    for (const auto& [name, used] : cpu) {
        bench::report("connections.storm_core_s." + name, used, "CPU-s");
        sum += used;
    }
    // What is asked for is a storm of ten thousand.
    bench::report("connections.storm_core_s", sum * 10'000 / static_cast<double>(count),
                  "CPU-s for 10,000 (the platform's)", bench::Target{"<= 20"});
    bench::report("connections.storm_instruments_core_s", bench::cpu_seconds() - own,
                  "CPU-s (not the platform's)");
    bench::report("connections.storm_s", seconds, "s until all were back");
    bench::report("connections.storm_failed_attempts", static_cast<double>(swarm.failed_attempts()), "");
    bench::report("connections.hellos_answered", static_cast<double>(swarm.answered()), "");
    return swarm.connected() == count ? 0 : 1;
}

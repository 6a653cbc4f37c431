// SPDX-License-Identifier: Apache-2.0
// How fast the programs in peers/ put readings into the PostgreSQL of this run, and what they and it use of the processor.
// The broker gathers the readings while the peer stands still; measured is from its first breath to the last row.
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/processes.h"
#include "bench/report.h"
#include "cli/stack/programs.h"
#include "test/support/free_port.h"
#include "test/support/running_stack.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 180s;
constexpr const char* python = "/usr/bin/python3";  ///< the one that Debian's packages are for

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    return std::move(*result);
}

struct Peer {
    std::string name;
    std::vector<std::string> command;
    std::string missing;  ///< why it cannot run here; empty: it can
    int readings = 0;
};

/// A Mosquitto as it comes, but for its limits: it keeps what a peer has not taken yet.
class PlainBroker {
public:
    explicit PlainBroker(const std::filesystem::path& directory) : port_(test::free_port()) {
        const auto config = directory / "plain-broker.conf";
        must_write(config, fmt::format("listener {} 127.0.0.1\nallow_anonymous true\npersistence false\n"
                                       "max_queued_messages 0\nlog_type error\n",
                                       port_));
        SpawnOptions options;
        options.argv = {must(cli::Programs::locate_system("mosquitto")).string(), "-c", config.string()};
        options.out = options.err = FileStream{directory / "plain-broker.log"};
        process_.emplace(must(ChildProcess::spawn(options)));
    }
    [[nodiscard]] int pid() const { return static_cast<int>(process_->pid()); }
    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    static void must_write(const std::filesystem::path& path, const std::string& text) {
        if (auto written = write_file_atomically(path, text, 0644); !written)
            throw std::runtime_error(written.error().message());
    }
    std::uint16_t port_;
    std::optional<ChildProcess> process_;
};

/// Runs to its end: what it complained of, empty when it succeeded.
std::string run(std::vector<std::string> command) {
    SpawnOptions options;
    options.argv = std::move(command);
    const auto finished = must(run_program(std::move(options), patience));
    return finished.status.success() ? "" : finished.status.text() + ": " + finished.err;
}

/// Copies the peers to where the database's account can read them.
std::filesystem::path lay_out(const std::filesystem::path& scratch) {
    const auto there = scratch / "peers";
    const std::filesystem::path source = std::getenv("WATCHGLASS_SOURCE_DIR");
    const std::filesystem::path build = std::getenv("WATCHGLASS_BUILD_DIR");
    std::filesystem::copy(source / "bench" / "peers", there, std::filesystem::copy_options::recursive);
    if (const auto modules = build / "peers" / "mqttjs_pg" / "node_modules"; std::filesystem::exists(modules))
        std::filesystem::copy(
            modules, there / "mqttjs_pg" / "node_modules",
            std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    return there;
}

std::string missing_node(const std::filesystem::path& peers) {
    if (!cli::Programs::locate_system("node")) return "Node.js is not installed.";
    if (!std::filesystem::exists(peers / "mqttjs_pg" / "node_modules" / "mqtt"))
        return "Its npm packages are not installed: npm is missing or cannot reach its registry.";
    return {};
}

/// The load needs it too.
std::string missing_python() {
    SpawnOptions options;
    options.argv = {python, "-c", "import paho.mqtt.client, psycopg2"};
    const auto tried = run_program(std::move(options), 30s);
    if (tried && tried->status.success()) return {};
    return "python3-paho-mqtt and python3-psycopg2 are not installed.";
}

/// False: not every reading became a row.
bool measure(const test::RunningStack& stack, const Peer& peer, const std::filesystem::path& loader) {
    const auto table = "public.peer_" + peer.name;
    (void)stack.sql(
        fmt::format("CREATE TABLE {} (device text, parameter text, t timestamptz, value float8,"
                    " PRIMARY KEY (device, parameter, t))",
                    table));
    const auto log = stack.scratch() / (peer.name + ".log");
    const PlainBroker broker{stack.scratch()};
    SpawnOptions options;
    options.argv = peer.command;
    for (const auto& argument :
         {broker.port(), stack.description().postgres_socket_directory.string(), table})
        options.argv.push_back(argument);
    options.directory = "/";
    options.out = options.err = FileStream{log};
    if (stack.account().must_drop) {
        options.uid = stack.account().uid;
        options.gid = stack.account().gid;
    }
    // Python's first dial must find the broker.
    const auto load = [&](int readings) {
        return run({python, loader.string(), broker.port(), std::to_string(readings)});
    };
    if (!test::eventually(
            30s, [&] { return load(0).empty(); }, 200ms))
        throw std::runtime_error("the broker does not answer: " + load(0));
    auto process = must(ChildProcess::spawn(options));
    if (!test::eventually(
            30s, [&] { return read_file(log).value_or("").find("subscribed") != std::string::npos; }))
        throw std::runtime_error(peer.name + " does not subscribe: " + read_file(log).value_or(""));

    process.signal(SIGSTOP);
    if (const auto complaint = load(peer.readings); !complaint.empty()) throw std::runtime_error(complaint);
    const int pid = static_cast<int>(process.pid());
    const auto cpu = [&](int of) { return bench::cpu_seconds_of(of); };
    const int postgres = stack.pid_of("postgres");
    const double before[] = {cpu(pid), cpu(postgres), cpu(broker.pid())};
    const bench::Stopwatch watch;
    process.signal(SIGCONT);
    const auto rows = [&] { return stack.sql_number("SELECT count(*) FROM " + table); };
    const bool all = test::eventually(
        patience, [&] { return rows() == peer.readings; }, 250ms);
    const double seconds = watch.seconds();
    const double used = cpu(pid) - before[0] + cpu(postgres) - before[1];
    const double millions = peer.readings / 1e6;
    if (!all) fmt::print(stderr, "{}: {} of {} readings\n", peer.name, rows(), peer.readings);
    bench::report(fmt::format("peers.{}.samples_per_s", peer.name), peer.readings / seconds, "samples/s");
    bench::report(fmt::format("peers.{}.cpu_s_per_million", peer.name), used / millions,
                  "CPU-s (peer and PostgreSQL)");
    bench::report(fmt::format("peers.{}.broker_cpu_s_per_million", peer.name),
                  (cpu(broker.pid()) - before[2]) / millions, "CPU-s");
    return all;
}

/// False: not every reading of every peer became a row.
bool measure_all(bool quick) {
    const test::RunningStack stack;
    const auto peers = lay_out(stack.scratch());
    const auto no_python = missing_python();
    const std::vector<Peer> all{
        {"mqttjs_pg",
         {"node", (peers / "mqttjs_pg" / "index.js").string()},
         no_python.empty() ? missing_node(peers) : no_python,
         quick ? 3'000 : 50'000},
        {"python_batched",
         {python, (peers / "python_batched.py").string()},
         no_python,
         quick ? 10'000 : 200'000},
    };
    bool good = true;
    for (const Peer& peer : all) {
        if (!peer.missing.empty()) {
            bench::report_absence(fmt::format("peers.{}.samples_per_s", peer.name), peer.missing);
            bench::report_absence(fmt::format("peers.{}.cpu_s_per_million", peer.name), peer.missing);
            continue;
        }
        good = measure(stack, peer, peers / "loader.py") && good;
    }
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    try {
        return measure_all(options.quick) ? 0 : 1;
    } catch (const std::exception& why) {
        // Caught, so that every program that was started is ended: a broker that has changed its user outlives us.
        fmt::print(stderr, "{}\n", why.what());
        return 1;
    }
}

// SPDX-License-Identifier: Apache-2.0
// Kills one program of a working platform with SIGKILL, under load, and measures how long no telemetry is committed: from
// the moment of the signal to the first transaction that a session made after it has committed, which is when its rows can be seen.
#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <signal.h>

#include "bench/fleet/fleet.h"
#include "bench/report.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

using Micros = std::int64_t;

Micros now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::string tool(const std::string& name) {
    return std::string{std::getenv("WATCHGLASS_BUILD_DIR")} + "/bench-bin/" + name;
}

SpawnOptions as_account(const test::RunningStack& stack, std::vector<std::string> argv) {
    SpawnOptions options;
    options.argv = std::move(argv);
    options.directory = stack.directory();
    if (stack.account().must_drop) {
        options.uid = stack.account().uid;
        options.gid = stack.account().gid;
    }
    return options;
}

/// Every commit of telemetry, as heard by watchglass_commit_watch.
class Commits {
public:
    explicit Commits(const test::RunningStack& stack) : file_(stack.scratch() / "commits") {
        auto options =
            as_account(stack, {tool("watchglass_commit_watch"),
                               fmt::format("host={} dbname=watchglass user=watchglass",
                                           stack.description().postgres_socket_directory.string())});
        options.directory = "/";
        options.out = FileStream{file_};
        watcher_.emplace(std::move(ChildProcess::spawn(options).value()));
        in_.open(file_);
    }

    /// Sessions that committed anything so far.
    std::set<int> sessions() {
        read();
        return sessions_;
    }
    /// When the first session outside `old` committed after `since`; 0: not within the patience.
    Micros first_of_others(Micros since, const std::set<int>& old, std::chrono::seconds patience) {
        Micros found = 0;
        test::eventually(
            patience,
            [&] {
                read();
                for (const auto& [at, session] : fresh_) {
                    if (at > since && !old.contains(session)) {
                        found = at;
                        return true;
                    }
                }
                fresh_.clear();
                return false;
            },
            2ms);
        return found;
    }

private:
    void read() {
        in_.clear();
        for (std::string line; std::getline(in_, line);) {
            if (in_.eof()) {  // the rest of it is being written
                in_.seekg(-static_cast<std::streamoff>(line.size()), std::ios::cur);
                break;
            }
            const auto space = line.find(' ');
            fresh_.emplace_back(std::stoll(line), std::stoi(line.substr(space + 1)));
            sessions_.insert(fresh_.back().second);
        }
    }

    std::filesystem::path file_;
    std::optional<ChildProcess> watcher_;
    std::ifstream in_;
    std::vector<std::pair<Micros, int>> fresh_;
    std::set<int> sessions_;
};

std::vector<int> with_children(int pid) {
    std::vector<int> pids{pid};
    std::ifstream in(fmt::format("/proc/{}/task/{}/children", pid, pid));
    for (int child = 0; in >> child;) pids.push_back(child);
    return pids;
}

/// Until the kernel has taken from it what it held. It may stay as a zombie, when whoever started it is held still.
void wait_for_death(int pid) {
    test::eventually(
        10s,
        [&] {
            std::ifstream in(fmt::format("/proc/{}/stat", pid));
            std::string text((std::istreambuf_iterator<char>(in)), {});
            const auto end_of_name = text.rfind(')');
            return end_of_name == std::string::npos || text.substr(end_of_name + 2, 1) == "Z";
        },
        1ms);
}

struct Trial {
    const test::RunningStack& stack;
    bench::Fleet& fleet;
    Commits& commits;

    /// Until all flows again, and a while that differs from round to round.
    void settle(int round) const {
        test::eventually(60s, [&] { return fleet.unstored() < 50; });
        std::this_thread::sleep_for(300ms + 37ms * round);
    }

    [[nodiscard]] std::string words() const {
        const auto text = read_file(stack.scratch() / "ingestd.log").value_or("");
        return stack.words() + text.substr(text.size() > 3000 ? text.size() - 3000 : 0);
    }

    /// SIGKILL to these, then `then`; milliseconds without a commit.
    template <class Then>
    double kill(const std::vector<int>& pids, Then then) const {
        const auto old = commits.sessions();
        const Micros killed = now_us();
        for (const int pid : pids) ::kill(pid, SIGKILL);
        then();
        const Micros first = commits.first_of_others(killed, old, 30s);
        if (first == 0) throw std::runtime_error("nothing was committed any more: " + words());
        return static_cast<double>(first - killed) / 1000;
    }
};

void report(const std::string& what, const std::vector<double>& ms, const char* goal = "") {
    bench::report("recovery." + what + ".median", bench::quantile_ms(ms, 0.5), "ms", goal);
    bench::report("recovery." + what + ".most", bench::quantile_ms(ms, 1), "ms", goal);
    bench::report("recovery." + what + ".rounds", static_cast<double>(ms.size()), "");
}

/// The program alone, started again at once by us: the launcher is held still meanwhile.
std::vector<double> ingestd_alone(const Trial& trial, int rounds) {
    const auto& stack = trial.stack;
    const auto log = stack.scratch() / "ingestd.log";
    auto options = as_account(stack, {test::program("watchglass-ingestd").string(), "--config",
                                      (stack.directory() / "config" / "ingestd.toml").string()});
    options.out = FileStream{log};
    options.err = FileStream{log};
    int pid = stack.pid_of("ingestd");
    ::kill(stack.description().launcher_pid, SIGSTOP);
    std::vector<double> ms;
    std::optional<ChildProcess> own;
    for (int round = 0; round < rounds; ++round) {
        trial.settle(round);
        std::optional<ChildProcess> next;
        ms.push_back(trial.kill({pid}, [&] {
            wait_for_death(pid);
            next.emplace(std::move(ChildProcess::spawn(options).value()));
        }));
        own = std::move(next);
        pid = static_cast<int>(own->pid());
    }
    trial.settle(0);
    own.reset();
    ::kill(stack.description().launcher_pid, SIGCONT);
    return ms;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const int alone_rounds = options.quick ? 5 : 20;
    const int rounds = options.quick ? 1 : 4;
    // The launcher waits longer for a program that ends soon after its start; a broken one is not what is measured.
    const auto between = options.quick ? 1s : 11s;

    test::RunningStack stack;
    bench::FleetSettings settings;
    settings.instruments = 20;
    settings.habits.reading_every = 100ms;
    bench::Fleet fleet{stack, settings};
    Commits commits{stack};
    fleet.start(500ms);
    if (!test::eventually(60s, [&] { return fleet.home() == 20 && !commits.sessions().empty(); }))
        throw std::runtime_error("the fleet does not arrive");
    const Trial trial{stack, fleet, commits};

    bench::report("recovery.goal", 250, "ms");
    const auto alone = ingestd_alone(trial, alone_rounds);
    report("ingestd", alone, "recovery.goal");
    bench::report("restart.first_commit_ms", bench::quantile_ms(alone, 0.5), "ms", bench::Target{"<= 250"});

    std::vector<double> ingestd;
    std::vector<double> broker;
    std::vector<double> postgres;
    test::eventually(60s, [&] { return stack.cli({"device", "list"}).status.success(); });
    std::this_thread::sleep_for(between * 3);
    for (int round = 0; round < rounds; ++round) {
        trial.settle(round);
        ingestd.push_back(trial.kill({stack.pid_of("ingestd")}, [] {}));
        std::this_thread::sleep_for(between);
        trial.settle(round);
        // Its sessions with PostgreSQL live on; what they commit from now on came through the new broker, but for what ingestd
        // had taken already.
        postgres.push_back(trial.kill(with_children(stack.pid_of("postgres")), [] {}));
        std::this_thread::sleep_for(between);
        trial.settle(round);
        const Micros killed = now_us();
        stack.kill("mosquitto", SIGKILL);
        std::this_thread::sleep_for(50ms);  // what ingestd had taken is committed by then
        const Micros first = commits.first_of_others(killed + 50'000, {}, 120s);
        broker.push_back(static_cast<double>(first - killed) / 1000);
        std::this_thread::sleep_for(between);
    }
    report("ingestd_supervised", ingestd);
    report("postgres", postgres);
    report("broker", broker);

    fleet.fall_silent();
    test::eventually(60s, [&] { return fleet.unstored() == 0 && fleet.waiting() == 0; });
    fleet.stop();
    const auto verdict = fleet.judge();
    bench::report("recovery.live_readings", static_cast<double>(verdict.readings), "");
    bench::report("recovery.lost", static_cast<double>(verdict.lost), "");
    bench::report("recovery.duplicated", static_cast<double>(verdict.doubled), "");
    return verdict.lost == 0 && verdict.doubled == 0 ? 0 : 1;
}

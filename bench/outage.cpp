// SPDX-License-Identifier: Apache-2.0
// A thousand instruments come back from an outage of 13 hours within seconds, through the one port, the broker and ingest
// into PostgreSQL, all on this machine. Meanwhile each goes on measuring and some raise alarms: how long until all is
// stored, and how long do a live reading and an alarm wait? Afterwards every frame is looked for in the tables.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "bench/fleet/fleet.h"
#include "bench/report.h"

using namespace watchglass;
using namespace std::chrono_literals;

namespace {

/// What a process and its children take of memory that they share with nobody, and their part of what they share, in MB.
double megabytes_of(int pid) {
    std::vector<int> pids{pid};
    std::ifstream children(fmt::format("/proc/{}/task/{}/children", pid, pid));
    for (int child = 0; children >> child;) pids.push_back(child);
    double kilobytes = 0;
    for (const int one : pids) {
        std::ifstream in(fmt::format("/proc/{}/smaps_rollup", one));
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("Pss:")) kilobytes += std::strtod(line.c_str() + 4, nullptr);
        }
    }
    return kilobytes / 1024;
}

/// A number from the environment, for another fleet than the published one.
int asked(const char* name, int otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::max(1, std::atoi(value));
}

/// The largest that was seen, by program.
class Memory {
public:
    explicit Memory(const test::RunningStack& stack) {
        for (const char* name : {"ingestd", "mosquitto", "postgres"}) pids_[name] = stack.pid_of(name);
    }
    void look() {
        for (const auto& [name, pid] : pids_) most_[name] = std::max(most_[name], megabytes_of(pid));
    }
    [[nodiscard]] double most(const std::string& name) const { return most_.at(name); }

private:
    std::map<std::string, int> pids_;
    std::map<std::string, double> most_;
};

struct Waits {
    std::vector<double> reading_ms;
    std::vector<double> alarm_ms;

    void add(const std::vector<bench::Heard>& heard) {
        for (const auto& one : heard) {
            const double ms = static_cast<double>((one.stored - one.recorded).count()) / 1000;
            (one.kind == bench::Kind::reading ? reading_ms : alarm_ms).push_back(ms);
        }
    }
};

/// Looks twice a second until `done`, which gets the elapsed seconds. False: something gave up.
template <class Done>
bool watch(bench::Fleet& fleet, Memory& memory, const bench::Stopwatch& since, Waits& all, Done done) {
    while (true) {
        std::this_thread::sleep_for(500ms);
        Waits now;
        const auto heard = fleet.take_heard();
        now.add(heard);
        all.add(heard);
        memory.look();
        const double t = since.seconds();
        bench::report_point("outage.drain", {{"t", t},
                                             {"home", static_cast<double>(fleet.home())},
                                             {"links_lost", static_cast<double>(fleet.losses())},
                                             {"backlog", static_cast<double>(fleet.backlog())},
                                             {"reading_ms", bench::quantile_ms(now.reading_ms, 0.5)},
                                             {"reading_most_ms", bench::quantile_ms(now.reading_ms, 1)},
                                             {"alarm_most_ms", bench::quantile_ms(now.alarm_ms, 1)}});
        if (const auto trouble = fleet.trouble(); !trouble.empty()) {
            fmt::print(stderr, "the fleet gave up: {}\n", trouble);
            return false;
        }
        if (done(t)) return true;
    }
}

void report_waits(const std::string& when, const Waits& waits) {
    const auto tell = [&](const std::string& what, const std::vector<double>& ms, const char* goal) {
        const auto name = fmt::format("outage.{}_to_stored_{}", what, when);
        bench::report(name + ".p50", bench::quantile_ms(ms, 0.5), "ms");
        bench::report(name + ".p99", bench::quantile_ms(ms, 0.99), "ms", goal);
        bench::report(name + ".most", bench::quantile_ms(ms, 1), "ms");
        bench::report(name + ".count", static_cast<double>(ms.size()), "");
    };
    tell("alarm", waits.alarm_ms, "outage.alarm_p99_goal");
    tell("reading", waits.reading_ms, "");
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = bench::parse_options(argc, argv);
    const bool quick = options.quick;

    bench::FleetSettings settings;
    settings.instruments = asked("WATCHGLASS_OUTAGE_INSTRUMENTS", quick ? 50 : 1000);
    settings.outage.length = std::chrono::hours{asked("WATCHGLASS_OUTAGE_HOURS", quick ? 1 : 13)};
    settings.habits.reading_every = 10s;
    settings.habits.alarm_every = 200ms * settings.instruments;
    const auto connect_within = quick ? 500ms : 5s;
    const auto quiet = quick ? 10 : 30;

    test::RunningStack stack;
    bench::Fleet fleet{stack, settings};
    Memory memory{stack};
    const auto frames = static_cast<double>(fleet.written().frames);
    bench::report("outage.instruments", settings.instruments, "");
    bench::report("outage.frames", frames, "");
    bench::report("outage.changes", static_cast<double>(fleet.written().changes), "");
    bench::report("outage.body_megabytes", static_cast<double>(fleet.written().body_bytes) / 1e6, "MB");

    const bench::Stopwatch since;
    fleet.start(connect_within);
    const double longest = quick ? 300 : 3600;
    const auto all = static_cast<std::size_t>(settings.instruments);
    Waits dialing;
    double home_at = 0;
    if (!watch(fleet, memory, since, dialing, [&](double t) {
            if (fleet.home() == all) home_at = t;
            return home_at > 0 || t > longest;
        }))
        return 1;
    Waits during;
    double drained_at = 0;
    if (!watch(fleet, memory, since, during, [&](double t) {
            if (fleet.backlog() == 0) drained_at = t;
            return drained_at > 0 || t > longest;
        }))
        return 1;

    Waits after;
    const double quiet_until = since.seconds() + quiet;
    if (!watch(fleet, memory, since, after, [&](double t) { return t > quiet_until; })) return 1;
    fleet.fall_silent();
    const double patience_until = since.seconds() + 60;
    Waits last;
    if (!watch(fleet, memory, since, last, [&](double t) {
            return (fleet.waiting() == 0 && fleet.unstored() == 0) || t > patience_until;
        }))
        return 1;
    const auto unheard = fleet.waiting();
    fleet.stop();

    bench::report("outage.all_home", home_at, "s");
    bench::report("outage.drained", drained_at, "s");
    bench::report("outage.frames_per_s", drained_at > 0 ? frames / drained_at : 0, "frames/s");
    bench::report("outage.changes_per_s",
                  drained_at > 0 ? static_cast<double>(fleet.written().changes) / drained_at : 0,
                  "changes/s");
    bench::report("outage.alarm_p99_goal", 1000, "ms");
    report_waits("dialing", dialing);
    report_waits("during", during);
    report_waits("after", after);
    for (const char* name : {"ingestd", "mosquitto", "postgres"})
        bench::report(fmt::format("outage.memory_most.{}", name), memory.most(name), "MB");
    bench::report("outage.links_lost", static_cast<double>(fleet.losses()), "");

    const auto verdict = fleet.judge();
    bench::report("outage.live_readings", static_cast<double>(verdict.readings), "");
    bench::report("outage.alarms", static_cast<double>(verdict.alarms), "");
    bench::report("outage.unheard", static_cast<double>(unheard), "recorded and never heard of");
    bench::report("outage.lost", static_cast<double>(verdict.lost), "");
    bench::report("outage.duplicated", static_cast<double>(verdict.doubled), "");
    bench::report("outage.digests_wrong", static_cast<double>(verdict.digests_wrong), "instruments");
    const bool good =
        drained_at > 0 && verdict.lost == 0 && verdict.doubled == 0 && verdict.digests_wrong == 0;
    return good ? 0 : 1;
}

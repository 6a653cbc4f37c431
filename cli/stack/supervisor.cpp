// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/supervisor.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "cli/stack/codes.h"
#include "cli/stack/readiness.h"
#include "libs/foundation/backoff.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/log.h"
#include "libs/foundation/process.h"
#include "libs/foundation/random.h"

namespace watchglass::cli {

using namespace std::chrono_literals;

namespace {

constexpr auto poll_interval = 100ms;
constexpr auto stop_patience = 10s;
// A program that ran this long before it ended is restarted as if it were the first time.
constexpr auto settled_after = 30s;

/// The end of a log, for an error message.
std::string last_lines(const std::filesystem::path& file, std::size_t count) {
    std::ifstream in(file);
    std::deque<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        lines.push_back(std::move(line));
        if (lines.size() > count) lines.pop_front();
    }
    std::string text;
    for (const auto& line : lines) text += "\n" + line;
    return text;
}

}  // namespace

struct Supervisor::Running {
    Running(ProgramSpec what, ReadinessSocket socket)
        : spec(std::move(what)), readiness(std::move(socket)), backoff(200ms, 10s, rng) {}

    ProgramSpec spec;
    ReadinessSocket readiness;
    std::optional<ChildProcess> process;
    SystemRng rng;
    Backoff backoff;
    SteadyTime started{};
    SteadyTime restart_at{};

    Result<void> spawn(const StackLayout& layout, const Account& account, SteadyTime now) {
        readiness.forget();
        SpawnOptions options;
        options.argv = spec.command;
        for (const auto& [name, value] : spec.environment) options.environment.emplace_back(name, value);
        options.environment.emplace_back("NOTIFY_SOCKET", layout.socket("notify-" + spec.name).string());
        options.directory = layout.directory();
        options.out = FileStream{layout.log_of(spec.name)};
        options.err = FileStream{layout.log_of(spec.name)};
        if (spec.standard_input >= 0) options.in = DescriptorStream{spec.standard_input};
        if (account.must_drop) {
            options.uid = account.uid;
            options.gid = account.gid;
        }
        auto child = ChildProcess::spawn(options);
        if (!child) return failed(child);
        process = std::move(*child);
        started = now;
        return {};
    }

    bool ready() { return spec.probe ? spec.probe() : readiness.ready(); }
};

Supervisor::Supervisor(const StackLayout& layout, const Account& account)
    : layout_(layout), account_(account) {}
Supervisor::~Supervisor() { stop(); }

Result<void> Supervisor::start(ProgramSpec spec, const std::atomic<bool>& cancelled) {
    auto readiness = ReadinessSocket::open(layout_.socket("notify-" + spec.name));
    if (!readiness) return failed(readiness);
    auto& running = *running_.emplace_back(std::make_unique<Running>(std::move(spec), std::move(*readiness)));

    const SystemClock clock;
    if (auto spawned = running.spawn(layout_, account_, clock.steady()); !spawned) return spawned;
    const auto did_not = [&](const std::string& what) {
        return failed(Failure{codes::program_failed, Next::tell_operator,
                              fmt::format("{} {}; {} ends with:{}", running.spec.name, what,
                                          layout_.log_of(running.spec.name).string(),
                                          last_lines(layout_.log_of(running.spec.name), 8)),
                              ""});
    };
    const auto deadline = clock.steady() + running.spec.ready_within;
    while (!running.ready()) {
        if (const auto ended = running.process->wait(poll_interval))
            return did_not("ended with " + ended->text());
        if (cancelled) return did_not("was interrupted");
        if (clock.steady() > deadline) {
            return did_not(fmt::format("was not ready within {} s", running.spec.ready_within.count()));
        }
    }
    return {};
}

void Supervisor::watch(const std::atomic<bool>& cancelled) {
    const SystemClock clock;
    while (!cancelled) {
        std::this_thread::sleep_for(poll_interval);
        for (auto& running : running_) {
            const auto now = clock.steady();
            if (running->process) {
                const auto ended = running->process->wait(0ms);
                if (!ended) continue;
                if (now - running->started > settled_after) running->backoff.reset();
                const auto pause = running->backoff.next();
                running->restart_at = now + pause;
                running->process.reset();
                log::warning("stack.program_ended",
                             "A program of the stack ended by itself and is started again.",
                             {{"program", running->spec.name},
                              {"with", ended->text()},
                              {"again_in_ms", pause.count()}});
            } else if (now >= running->restart_at) {
                if (auto spawned = running->spawn(layout_, account_, now); !spawned) {
                    log::failure(log::Level::error, "stack.program_not_started", spawned.error());
                    running->restart_at = now + running->backoff.next();
                } else if (on_change) {
                    on_change();
                }
            }
        }
    }
}

void Supervisor::stop() {
    while (!running_.empty()) {
        auto& running = *running_.back();
        if (running.process) {
            running.process->signal(running.spec.stop_signal);
            if (!running.process->wait(stop_patience)) running.process->terminate(1s);
        }
        running_.pop_back();
    }
}

std::map<std::string, int> Supervisor::process_ids() const {
    std::map<std::string, int> ids;
    for (const auto& running : running_) {
        if (running->process) ids[running->spec.name] = static_cast<int>(running->process->pid());
    }
    return ids;
}

}  // namespace watchglass::cli

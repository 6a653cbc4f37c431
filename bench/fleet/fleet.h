// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/fleet/backlog.h"
#include "bench/fleet/instrument.h"
#include "test/support/running_stack.h"

namespace watchglass::bench {

struct FleetSettings {
    int instruments = 1;
    Habits habits;
    Outage outage{};  ///< of length 0: none
    int threads = 2;
};

/// Instruments in one process, moved by a few threads. Every call from one thread.
class Fleet {
public:
    /// Registers and enrolls the instruments and writes their outages. Throws when the stack refuses one.
    Fleet(const test::RunningStack& stack, FleetSettings settings);
    ~Fleet();

    /// All connect, spread over `within` or as fast as this process can dial; they live from then on.
    void start(std::chrono::milliseconds within);
    /// Records nothing more; what was recorded is still sent.
    void fall_silent();
    void stop();

    [[nodiscard]] std::size_t home() const;
    [[nodiscard]] std::uint64_t backlog() const;   ///< places of the outage that are not stored
    [[nodiscard]] std::uint64_t unstored() const;  ///< places of any kind
    [[nodiscard]] std::uint64_t waiting() const;   ///< recorded and not heard of
    [[nodiscard]] std::uint64_t losses() const;    ///< of links
    [[nodiscard]] std::vector<Heard> take_heard();
    /// Why a thread gave up; empty: none did.
    [[nodiscard]] std::string trouble() const;

    /// What the outage left in all journals.
    [[nodiscard]] const Backlog& written() const { return written_; }
    /// Compares the tables with what was recorded. Only after stop().
    struct Verdict {
        std::uint64_t lost = 0;
        std::uint64_t doubled = 0;
        std::uint64_t digests_wrong = 0;  ///< instruments
        std::uint64_t readings = 0;
        std::uint64_t alarms = 0;
    };
    [[nodiscard]] Verdict judge() const;

private:
    struct Member;
    struct Crew;

    void write_outages();
    void work(Crew& crew);
    void run(Member& member);
    void judge_backlog(Verdict& verdict) const;
    void judge_live(Verdict& verdict) const;
    template <class Job>
    void for_each_member(int threads, Job job);

    const test::RunningStack& stack_;
    FleetSettings settings_;
    FleetPlatform platform_;
    device::Options options_;
    Backlog written_;
    std::vector<std::unique_ptr<Member>> members_;
    std::vector<std::unique_ptr<Crew>> crews_;
    std::atomic<bool> ending_{false};
    std::atomic<bool> silent_{false};
    std::atomic<int> dialing_{0};  ///< instruments whose first link is not up yet
    mutable std::mutex mutex_;     ///< of the two below
    std::vector<Heard> heard_;
    std::string trouble_;
};

/// The middle, or any other share (0 to 1), of some durations, in milliseconds; 0 when there are none.
double quantile_ms(std::vector<double> milliseconds, double share);

}  // namespace watchglass::bench

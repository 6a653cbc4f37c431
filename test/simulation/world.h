// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libs/foundation/clock.h"
#include "test/simulation/points.h"

namespace watchglass::simulation {

/// A process dies here: thrown out through the product's code by a model it called. Whoever runs the process catches it.
struct Killed {
    bool power_cut = false;  ///< the machine dies with it: what was not synced may be gone
};

/// Virtual time, what happens in it, and what is to be told about it. One thread; the order of events is fixed by
/// their time and by the order in which they were planned.
class World {
public:
    explicit World(bool narrate) : narrate_(narrate) {}

    [[nodiscard]] Microseconds now() const { return now_; }
    void at(Microseconds when, std::function<void()> what);
    void after(Microseconds delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
    /// Lets everything happen up to `until`. May be called from within an event: somebody waits while the rest goes on.
    void run_until(Microseconds until);

    /// A line of the history, made only when somebody will read it.
    template <class... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) {
        if (narrate_) history_.push_back(stamped(fmt::format(format, std::forward<Args>(args)...)));
    }
    /// A promise was broken.
    void violation(const std::string& what);
    void hit(Point point) { ++points_[static_cast<std::size_t>(point)]; }

    [[nodiscard]] bool narrating() const { return narrate_; }
    [[nodiscard]] const std::vector<std::string>& history() const { return history_; }
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }
    [[nodiscard]] const PointCounts& points() const { return points_; }
    [[nodiscard]] std::uint64_t events() const { return events_; }

private:
    struct Event {
        Microseconds when;
        std::uint64_t number = 0;
        std::function<void()> what;
        friend bool operator>(const Event& a, const Event& b) {
            return std::pair(a.when, a.number) > std::pair(b.when, b.number);
        }
    };
    [[nodiscard]] std::string stamped(const std::string& line) const;

    bool narrate_;
    Microseconds now_{0};
    std::uint64_t numbered_ = 0;
    std::uint64_t events_ = 0;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> planned_;
    std::vector<std::string> history_;
    std::vector<std::string> violations_;
    PointCounts points_{};
};

/// The clocks of one machine.
class MachineClock final : public Clock {
public:
    explicit MachineClock(const World& world) : world_(world) {}

    [[nodiscard]] SteadyTime steady() const override {
        return SteadyTime{(world_.now() - booted_).count() + 1'000'000};
    }
    [[nodiscard]] WallTime wall() const override { return true_time() + error_; }
    /// What an undisturbed clock shows.
    [[nodiscard]] WallTime true_time() const { return WallTime{begin_us} + world_.now(); }

    void boot() { booted_ = world_.now(); }
    void set_error(Microseconds error) { error_ = error; }
    [[nodiscard]] Microseconds error() const { return error_; }

private:
    static constexpr std::int64_t begin_us = 1'790'000'000'000'000;  // 2026-09-21
    const World& world_;
    Microseconds booted_{0};
    Microseconds error_{0};
};

}  // namespace watchglass::simulation

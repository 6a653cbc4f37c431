// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <signal.h>

#include "test/faults/support/point.h"
#include "test/faults/support/pool.h"
#include "test/faults/support/sweep.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows rows{1, 260};
constexpr const char* speed = "1000";

std::vector<std::string> every_point(Stand& stand) {
    const auto counts = stand.directory() / "counts";
    auto ingest = stand.spawn_ingest(with_faults(counts, {}));
    stand.run_agent(stand.enroll(), {rows, speed});
    ingest.terminate(test::patience);
    std::vector<std::string> points;
    add_points(points, counts, "send", {"kill_before", "kill_torn", "kill_after"});
    return points;
}

/// Agents are never touched, so that every word of theirs must be there once, without any gap. How many calls ingestd
/// makes depends on how many frames it finds waiting: one agent follows another until the call is reached.
Outcome kill_once(Stand& stand, const std::string& text) {
    constexpr int most_agents = 8;
    auto ingest = stand.spawn_ingest(CallPoint{text}.environment(stand.directory() / "counts"));
    Outcome outcome{.reached = false};
    for (int n = 0; n < most_agents && !outcome.reached && outcome.verdict.good(); ++n) {
        const auto instrument = stand.enroll();
        auto agent = stand.spawn_agent(instrument, {rows, speed});
        const auto watch_until = [&](auto enough) {
            if (!test::eventually(std::chrono::minutes{2}, [&] { return !ingest.running() || enough(); }))
                throw std::runtime_error("neither agent nor ingestd ended:\n" + stand.words(instrument));
            if (ingest.running()) return;
            outcome.reached = ingest.wait(test::patience)->signal == SIGKILL;
            if (!outcome.reached)
                throw std::runtime_error("ingestd ended by itself:\n" + stand.ingest_words());
            ingest = stand.spawn_ingest();
        };
        watch_until([&] { return !agent.running(); });
        const auto ended = agent.wait(std::chrono::minutes{2});
        if (!ended || !ended->success())
            throw std::runtime_error("the agent is not done:\n" + stand.words(instrument) +
                                     stand.ingest_words());
        watch_until([&] { return stand.latest_is_current(instrument); });  // what it does last
        outcome.verdict = stand.judge({.lives = {Life::whole(told_by(rows))}, .excused = {}}, instrument);
    }
    ingest.terminate(test::patience);
    return outcome;
}

}  // namespace

TEST_CASE(
    "an ingestd killed at any call that speaks to the broker or to PostgreSQL loses and doubles nothing",
    "[faults]") {
    constexpr std::size_t side_by_side = 4;
    Pool<Stand> stands{side_by_side};
    Sweep sweep{"ingest_kill", 1'000};
    std::vector<std::string> points;
    stands.use([&](Stand& stand) { points = every_point(stand); });
    sweep.run(sweep.choose(points, 24), side_by_side, [&](const std::string& point) {
        return stands.use([&](Stand& stand) { return kill_once(stand, point); });
    });
    CHECK(sweep.report());
}

// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::faults;
using namespace std::chrono_literals;

namespace {

constexpr Rows rows{1, 400};
constexpr const char* pace = "500";
constexpr int agents_at_once = 3;

/// Which session holds the shards; 0: none.
std::int64_t holder(const Stand& stand) {
    return stand.database().number(
        "SELECT coalesce((SELECT min(l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
        "WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND a.datname = current_database() "
        "AND a.application_name = 'watchglass-ingestd shards'), 0)");
}

/// Ends the session that holds the shards and nothing else of that ingestd, which goes on committing until it notices.
void take_shards_away(const Stand& stand) {
    stand.database().run(fmt::format("SELECT pg_terminate_backend({})", holder(stand)));
}

/// `handover:seed`: several times in a run the shards go to the other ingestd while the first is at work.
Outcome hand_over(Stand& stand, const std::string& text) {
    std::mt19937_64 random{std::stoull(text.substr(text.find(':') + 1))};
    std::vector<std::pair<Instrument, ChildProcess>> agents;
    for (int i = 0; i < agents_at_once; ++i) {
        const auto instrument = stand.enroll();
        agents.emplace_back(instrument, stand.spawn_agent(instrument, {rows, pace}));
    }
    Outcome outcome;
    for (int times = 0; times < 3; ++times) {
        if (!test::eventually([&] { return holder(stand) != 0; }))
            throw std::runtime_error("nobody takes the shards");
        const auto before = holder(stand);
        // The moment is the fault itself: nothing is waited for here.
        std::this_thread::sleep_for(std::chrono::milliseconds{random() % 300});
        take_shards_away(stand);
        if (!test::eventually([&] {
                const auto now = holder(stand);
                return now != 0 && now != before;
            }))
            throw std::runtime_error("nobody takes the shards over");
    }
    for (auto& [instrument, agent] : agents) {
        const auto ended = agent.wait(3min);
        if (!ended || !ended->success())
            throw std::runtime_error("an agent is not done:\n" + stand.words(instrument) +
                                     stand.ingest_words());
        outcome.verdict.add(stand.judge({.lives = {Life::whole(told_by(rows))}, .excused = {}}, instrument));
    }
    return outcome;
}

}  // namespace

TEST_CASE("two ingestd are at work on the same shards", "[faults]") {
    Stand stand;
    auto first = stand.spawn_ingest({}, "1");
    auto second = stand.spawn_ingest({}, "2");
    std::vector<std::string> points;
    for (int seed = 1; seed <= 100; ++seed) points.push_back(fmt::format("handover:{}", seed));
    Sweep sweep{"two_ingests"};
    sweep.run(sweep.choose(points, 5), 1, [&](const std::string& point) { return hand_over(stand, point); });
    CHECK(sweep.report());
    CHECK(first.running());
    CHECK(second.running());
    double conflicts = 0;
    for (const char* name : {"1", "2"})
        conflicts += stand.ingest_counter("watchglass_ingest_conflicts_total", name);
    fmt::print("two_ingests: {} commits found the other one ahead\n", conflicts);
    // Without any, they were not at work at once.
    CHECK(conflicts > 0);
}

// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/stand.h"
#include "test/faults/support/sweep.h"

using namespace watchglass;
using namespace watchglass::faults;
using namespace std::chrono_literals;

namespace {

constexpr Rows rows{1, 150};
constexpr const char* pace = "500";
constexpr int agents_at_once = 3;
/// A run without a fault takes about this long.
constexpr int run_ms = 500;

/// `broker:seed`, `postgres:seed`, `both:seed`: SIGKILL at a time that the seed gives, and again while the agents see to
/// what the first one broke.
Outcome kill_once(Stand& stand, const std::string& text) {
    std::mt19937_64 random{std::stoull(text.substr(text.find(':') + 1))};
    std::vector<std::pair<Instrument, ChildProcess>> agents;
    for (int i = 0; i < agents_at_once; ++i) {
        const auto instrument = stand.enroll();
        agents.emplace_back(instrument, stand.spawn_agent(instrument, {rows, pace}));
    }
    for (int twice = 0; twice < 2; ++twice) {
        // The moment is the fault itself: nothing is waited for here.
        std::this_thread::sleep_for(std::chrono::milliseconds{random() % run_ms});
        if (!text.starts_with("postgres")) {
            stand.broker().kill();
            stand.broker().start();
        }
        if (!text.starts_with("broker")) {
            test::PostgresCluster::shared().kill();
            bring_postgres_back();
        }
    }
    Outcome outcome;
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

TEST_CASE("the broker and PostgreSQL are killed while agents send", "[faults]") {
    Stand stand;
    auto ingest = stand.spawn_ingest();
    std::vector<std::string> points;
    for (int seed = 1; seed <= 60; ++seed)
        for (const char* server : {"broker", "postgres", "both"})
            points.push_back(fmt::format("{}:{}", server, seed));
    Sweep sweep{"server_kill", 180};
    const auto kill = [&](const std::string& point) { return kill_once(stand, point); };
    sweep.run(sweep.choose(points, 8), 1, kill);
    CHECK(sweep.report());
    CHECK(ingest.running());
}

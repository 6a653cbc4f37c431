// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/agents.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows rows{1, 150};
constexpr const char* pace = "500";
constexpr int agents_at_once = 3;

/// `broker:seed`, `postgres:seed`, `both:seed`: SIGKILL when as much of the run is stored as the seed says, and again later,
/// while the agents see to what the first one broke.
Outcome kill_twice(Stand& stand, const std::string& text) {
    std::mt19937_64 random{std::stoull(text.substr(text.find(':') + 1))};
    Agents agents{stand, agents_at_once, {rows, pace}};
    std::uint64_t stored = 0;
    for (int twice = 0; twice < 2; ++twice) {
        stored += random() % (agents.told() - stored);
        agents.wait_until_stored(stored);
        if (!text.starts_with("postgres")) {
            stand.broker().kill();
            stand.broker().start();
        }
        if (!text.starts_with("broker")) {
            test::PostgresCluster::shared().kill();
            bring_postgres_back();
        }
    }
    return agents.see_through();
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
    const auto kill = [&](const std::string& point) { return kill_twice(stand, point); };
    sweep.run(sweep.choose(points, 8), 1, kill);
    CHECK(sweep.report());
    CHECK(ingest.running());
}

// SPDX-License-Identifier: Apache-2.0
#include <random>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/agents.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::faults;
using namespace std::chrono_literals;

namespace {

constexpr Rows rows{1, 1500};
constexpr const char* pace = "500";
constexpr int agents_at_once = 2;

std::int64_t held_by(const Stand& stand, const std::string& name) {
    return stand.database().number(
        "SELECT count(l.shard) FROM watchglass.ingest_locks l JOIN pg_stat_activity a ON a.pid = l.session "
        "WHERE a.application_name = '" +
        name + "'");
}

/// Ends the session that holds its shards and nothing else of that ingestd, which goes on committing until it notices.
void take_shards_away(const Stand& stand, const std::string& name) {
    stand.database().run(
        "SELECT pg_terminate_backend(s.session) FROM (SELECT DISTINCT session FROM watchglass.ingest_locks) "
        "s "
        "JOIN pg_stat_activity a ON a.pid = s.session WHERE a.application_name = '" +
        name + "'");
}

/// Until the other one has all: the first may be quicker to take them again.
void hand_over(const Stand& stand, const std::string& from, const std::string& to) {
    const bool done = test::eventually(
        60s,
        [&] {
            if (held_by(stand, to) == 32) return true;
            if (held_by(stand, from) > 0) take_shards_away(stand, from);
            return false;
        },
        20ms);
    if (!done) throw std::runtime_error("nobody takes the shards over");
}

/// `handover:seed`: three times in a run, when as much of it is stored as the seed says, the shards of one ingestd go to the
/// other while it is at work.
Outcome hand_over_while_sending(Stand& stand, const std::string& text) {
    std::mt19937_64 random{std::stoull(text.substr(text.find(':') + 1))};
    Agents agents{stand, agents_at_once, {rows, pace}};
    std::uint64_t stored = 0;
    for (int times = 0; times < 3; ++times) {
        stored += random() % ((agents.told() - stored) / 2 + 1);
        agents.wait_until_stored(stored);
        const bool odd = times % 2 == 1;
        hand_over(stand, odd ? "ingest-1" : "ingest-2", odd ? "ingest-2" : "ingest-1");
    }
    return agents.see_through();
}

}  // namespace

TEST_CASE("two ingestd are at work on the same shards", "[faults]") {
    Stand stand;
    // The names tell their sessions apart.
    const std::string dsn = stand.database().dsn("wg_ingest");
    stand.lead_ingest_to(dsn + " application_name=ingest-1");
    auto first = stand.spawn_ingest({}, "1");
    stand.lead_ingest_to(dsn + " application_name=ingest-2");
    auto second = stand.spawn_ingest({}, "2");
    std::vector<std::string> points;
    for (int seed = 1; seed <= 100; ++seed) points.push_back(fmt::format("handover:{}", seed));
    const auto conflicts = [&] {
        return stand.ingest_counter("watchglass_ingest_conflicts_total", "1") +
               stand.ingest_counter("watchglass_ingest_conflicts_total", "2");
    };
    Sweep sweep{"two_ingests", 100};
    const auto attempt = [&](const std::string& point) { return hand_over_while_sending(stand, point); };
    sweep.run(sweep.choose(points, 4), 1, attempt);
    // Without a commit that found the other one ahead, they have not been at work at once.
    for (int seed = 1001; seed <= 1030 && conflicts() == 0; ++seed)
        sweep.run({fmt::format("handover:{}", seed)}, 1, attempt);
    CHECK(sweep.report());
    CHECK(conflicts() > 0);
    CHECK(first.running());
    CHECK(second.running());
}

// SPDX-License-Identifier: Apache-2.0
#include "test/faults/support/link.h"

#include <algorithm>

#include <fmt/format.h>

#include "test/support/wait.h"

namespace watchglass::faults {

using namespace std::chrono_literals;

LinkPoint::LinkPoint(const std::string& text)
    : kind(text.substr(0, text.find(':'))),
      direction(text[kind.size() + 1] == 'u' ? Direction::to_server : Direction::from_server),
      byte(std::stoull(text.substr(text.rfind(':') + 1))) {}

void add_link_points(std::vector<std::string>& points, const std::string& kind, const Relay& relay,
                     std::uint64_t most) {
    for (const Direction direction : {Direction::to_server, Direction::from_server}) {
        const std::uint64_t bytes = relay.passed(direction);
        const std::uint64_t count = std::min(bytes, most);
        for (std::uint64_t i = 0; i < count; ++i)
            points.push_back(fmt::format("{}:{}:{}", kind, direction == Direction::to_server ? "up" : "down",
                                         1 + i * bytes / count));
    }
}

void see_through(ChildProcess& agent, Relay& relay, const std::string& kind) {
    if (kind == "stall") {
        test::eventually(2min, [&] { return relay.hit() > 0 || !agent.running(); });
        relay.drop_stalled();
    }
    const auto ended = agent.wait(5min);
    if (!ended || !ended->success())
        throw std::runtime_error(ended ? "the agent ended with " + ended->text() : "the agent is not done");
}

Outcome run_behind(Stand& stand, Relay& relay, const AgentRun& run, const std::string& kind, Gate gate) {
    const auto instrument = stand.enroll();
    relay.set_gate(std::move(gate));
    auto ingest = stand.spawn_ingest();
    auto agent = stand.spawn_agent(instrument, run);
    see_through(agent, relay, kind);
    ingest.terminate(test::patience);
    return {relay.hit() > 0,
            stand.judge({.lives = {Life::whole(told_by(run.rows))}, .excused = {}}, instrument)};
}

RelayedStand::RelayedStand()
    : relay(directory / ".s.PGSQL.5432",
            test::PostgresCluster::shared().socket_directory() / ".s.PGSQL.5432") {
    stand.lead_ingest_to(
        fmt::format("host={} dbname={} user=wg_ingest", directory.path().string(), stand.database().name()));
}

}  // namespace watchglass::faults

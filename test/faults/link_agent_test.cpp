// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/faults/support/link.h"
#include "test/faults/support/pool.h"
#include "test/support/free_port.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows rows{1, 60};
constexpr const char* pace = "500";

/// A port of its own that leads to the broker.
struct AgentLink {
    std::uint16_t port = test::free_port();
    std::unique_ptr<Relay> relay;
};

}  // namespace

TEST_CASE("the link between an agent and the broker is cut after bytes all over a run", "[faults]") {
    constexpr std::size_t side_by_side = 6;
    Stand stand;
    auto ingest = stand.spawn_ingest();
    Pool<AgentLink> links{side_by_side};
    const auto with_link = [&](auto use) {
        return links.use([&](AgentLink& link) {
            if (!link.relay) link.relay = std::make_unique<Relay>(link.port, stand.broker().devices_port());
            return use(link);
        });
    };

    Sweep sweep{"link_agent", 600};
    std::vector<std::string> points;
    with_link([&](AgentLink& link) {
        stand.run_agent(stand.enroll(link.port), {rows, pace});
        add_link_points(points, "cut", *link.relay, 300);
        add_link_points(points, "stall", *link.relay, 60);
        // Only the keep-alive finds these out, after a minute.
        if (full_sweep()) add_link_points(points, "silent", *link.relay, 6);
    });
    sweep.run(sweep.choose(points, 30), side_by_side, [&](const std::string& text) {
        return with_link([&](AgentLink& link) -> Outcome {
            const LinkPoint point{text};
            const auto instrument = stand.enroll(link.port);
            link.relay->set_gate(point.gate());
            auto agent = stand.spawn_agent(instrument, {rows, pace});
            see_through(agent, *link.relay, point.kind);
            return {link.relay->hit() > 0,
                    stand.judge({.lives = {Life::whole(told_by(rows))}, .excused = {}}, instrument)};
        });
    });
    INFO(stand.ingest_words());
    CHECK(sweep.report());
}

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

/// A stand whose ingestd reaches the broker over a relay, with both of its connections: alarms, and the rest.
struct BrokerLink {
    Stand stand;
    std::uint16_t port = test::free_port();
    Relay relay{port, stand.broker().services_port()};

    BrokerLink() { stand.lead_ingest_over(port); }
};

Outcome run(BrokerLink& on, const std::string& kind, Gate gate) {
    return run_behind(on.stand, on.relay, {rows, pace}, kind, std::move(gate));
}

}  // namespace

TEST_CASE("the links between ingestd and the broker are cut after bytes all over a run", "[faults]") {
    constexpr std::size_t side_by_side = 3;
    Pool<BrokerLink> links{side_by_side};
    Sweep sweep{"link_broker", 400};
    std::vector<std::string> points;
    links.use([&](BrokerLink& on) {
        (void)run(on, "cut", {});
        add_link_points(points, "cut", on.relay, 200);
        add_link_points(points, "stall", on.relay, 40);
        // Only the keep-alive finds these out.
        if (full_sweep()) add_link_points(points, "silent", on.relay, 4);
    });
    sweep.run(sweep.choose(points, 18), side_by_side, [&](const std::string& text) {
        return links.use([&](BrokerLink& on) {
            const LinkPoint point{text};
            return run(on, point.kind, point.gate());
        });
    });
    CHECK(sweep.report());
}

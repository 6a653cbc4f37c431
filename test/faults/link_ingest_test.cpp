// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/faults/support/link.h"
#include "test/faults/support/pool.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows rows{1, 60};
constexpr const char* pace = "500";

Outcome run(RelayedStand& on, const std::string& kind, Gate gate) {
    return run_behind(on.stand, on.relay, {rows, pace}, kind, std::move(gate));
}

}  // namespace

TEST_CASE("the link between ingestd and PostgreSQL is cut after bytes all over a run", "[faults]") {
    constexpr std::size_t side_by_side = 3;
    Pool<RelayedStand> stands{side_by_side};
    Sweep sweep{"link_ingest", 400};
    std::vector<std::string> points;
    stands.use([&](RelayedStand& on) {
        (void)run(on, "cut", {});
        add_link_points(points, "cut", on.relay, 200);
        add_link_points(points, "stall", on.relay, 40);
    });
    sweep.run(sweep.choose(points, 18), side_by_side, [&](const std::string& text) {
        return stands.use([&](RelayedStand& on) {
            const LinkPoint point{text};
            return run(on, point.kind, point.gate());
        });
    });
    CHECK(sweep.report());
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "storage/telemetry/clock_anchor_store.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

ClockAnchor anchor_of(const DeviceKey& device, std::uint64_t boot, int minutes) {
    return {.device = device,
            .boot = BootId{boot},
            .monotonic = Microseconds{1},
            .wall = noon,
            .clock_quality = ClockQuality::set,
            .received = noon + Microseconds{minutes * 60'000'000LL}};
}

void save(Connection& connection, const std::vector<ClockAnchor>& anchors) {
    auto unit = UnitOfWork::begin(connection);
    REQUIRE(unit);
    const auto saved = save_clock_anchors(*unit, anchors);
    INFO((saved ? "" : saved.error().cause));
    REQUIRE(saved);
    REQUIRE(unit->commit().committed == Committed::yes);
}

std::vector<std::uint64_t> boots(Connection& connection, std::string_view shards) {
    const auto kept = load_clock_anchors(connection, shards);
    REQUIRE(kept);
    std::vector<std::uint64_t> ids;
    for (const ClockAnchor& anchor : *kept) ids.push_back(anchor.boot.value());
    return ids;
}

}  // namespace

TEST_CASE("only the newest boots of a device keep their clock, however many it claims") {
    const TestDatabase database;
    const DeviceKey busy = database.add_device(device_id(first_device));
    const DeviceKey calm = database.add_device(device_id(second_device));
    auto connection = database.connect("wg_ingest");
    save(connection, {anchor_of(calm, 1, 0)});
    // Boot ids are random: their order says nothing about their age.
    for (int n = 0; n < 10; ++n) save(connection, {anchor_of(busy, static_cast<std::uint64_t>(100 - n), n)});
    CHECK(boots(connection, "a") == std::vector<std::uint64_t>{94, 93, 92, 91});
    CHECK(boots(connection, "b") == std::vector<std::uint64_t>{1});
    CHECK(database.number("SELECT count(*) FROM watchglass.clock_anchors") == 5);
}

TEST_CASE("the first clock of a boot stays until a better one comes") {
    const TestDatabase database;
    const DeviceKey device = database.add_device(device_id(first_device));
    auto connection = database.connect("wg_ingest");
    save(connection, {anchor_of(device, 7, 0)});
    save(connection, {anchor_of(device, 7, 5)});
    CHECK(load_clock_anchors(connection, "a")->at(0).received == noon);
    ClockAnchor better = anchor_of(device, 7, 9);
    better.clock_quality = ClockQuality::synchronized;
    save(connection, {better});
    CHECK(load_clock_anchors(connection, "a")->at(0).received == better.received);
}

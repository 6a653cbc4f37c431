// SPDX-License-Identifier: Apache-2.0
#include "storage/history/retention.h"

#include <catch2/catch.hpp>

#include "storage/history/chunk.h"
#include "storage/history/partitions.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::storage::history;
using namespace watchglass::test;

namespace {

WallTime wall_now() { return SystemClock{}.wall(); }
WallTime days_ago(int days) { return {floor_to(wall_now().us, day_us) - days * day_us}; }

std::size_t count(Connection& connection, PartitionedTable table) {
    const auto partitions = partitions_of(connection, table);
    REQUIRE(partitions);
    return partitions->size();
}

/// Class 1 keeps ten days, and has partitions of many more.
struct OldHistory {
    OldHistory() {
        database.run("UPDATE watchglass.retention_classes SET keep = '10 days'");
        for (const int days : {400, 100, 50, 12, 11, 10, 9, 1, 0})
            REQUIRE(make_partitions(connection, days_ago(days)));
    }
    TestDatabase database;
    Connection connection = database.connect("wg_ingest");
};

}  // namespace

TEST_CASE("partitions go when all of them is past what their class keeps, and not before") {
    OldHistory old;
    const auto dropped = drop_expired(old.connection, wall_now());
    REQUIRE(dropped);
    CHECK(!dropped->more);
    // A day that began eleven days ago ended ten days and some hours ago; what began ten days ago ended more lately.
    const auto frames = partitions_of(old.connection, PartitionedTable::frames);
    REQUIRE(frames->size() == 4);
    CHECK(frames->front().begins == days_ago(10));
    CHECK(frames->back().begins == days_ago(0));
    // Commits stay thirty days whatever the class says.
    CHECK(partitions_of(old.connection, PartitionedTable::commits)->front().begins == days_ago(12));
    const auto chunks = partitions_of(old.connection, PartitionedTable::chunks);
    REQUIRE(chunks->size() > 0);
    for (const Partition& month : *chunks) CHECK(month.begins.us + 31 * day_us > days_ago(10).us);
    CHECK(drop_expired(old.connection, wall_now())->partitions == 0);
}

TEST_CASE("another class keeps its own") {
    OldHistory old;
    old.database.run(
        "INSERT INTO watchglass.retention_classes VALUES (2, 'long', '1 year');"
        "INSERT INTO watchglass.tenants (tenant, name, retention_class) VALUES (2, 'other', 2)");
    REQUIRE(make_partitions(old.connection, days_ago(100)));
    REQUIRE(drop_expired(old.connection, wall_now()));
    const auto frames = partitions_of(old.connection, PartitionedTable::frames);
    CHECK(frames->front() == Partition{RetentionClass{2}, days_ago(100)});
}

TEST_CASE("a partition in use is left for later, and nobody waits for it") {
    OldHistory old;
    const auto before = count(old.connection, PartitionedTable::frames);
    auto reader = old.database.connect();
    REQUIRE(reader.run_script("BEGIN; SELECT count(*) FROM watchglass.frames"));
    const auto dropped = drop_expired(old.connection, wall_now());
    REQUIRE(dropped);
    CHECK(dropped->more);
    CHECK(count(old.connection, PartitionedTable::frames) == before);
    REQUIRE(reader.run_script("COMMIT"));
    CHECK(!drop_expired(old.connection, wall_now())->more);
    CHECK(count(old.connection, PartitionedTable::frames) == 4);
}

TEST_CASE("rows that expire one by one do so, and what is younger stays") {
    OldHistory old;
    const auto device = std::to_string(old.database.add_device(device_id(first_device)).device.value());
    const auto dictionary = std::to_string(old.database.dictionary("pump-test-bench").value());
    for (const char* age : {"9 days", "11 days", "29 days", "31 days", "399 days", "401 days"}) {
        const std::string at = "now() - interval '" + std::string(age) + "'";
        const std::string n = "(SELECT count(*) FROM watchglass.stream_landmarks)";
        old.database.run("INSERT INTO watchglass.frame_events SELECT 1, " + device + ", " + at +
                         ", 2, 1, 1, 1, now(), 0, 3, " + dictionary + ", '', 1, 3, 'lid', NULL, NULL, '';" +
                         "INSERT INTO watchglass.stream_repeats SELECT 1, " + device + ", 1, 1, " + n +
                         ", 9, " + at + ";" + "INSERT INTO watchglass.stream_landmarks SELECT 1, " + device +
                         ", 1, 1, " + n + ", 1, " + at);
    }
    old.database.run(
        "INSERT INTO watchglass.platform_histories SELECT n, now() - n * interval '5 days', ''"
        " FROM generate_series(1, 150) n");
    const auto dropped = drop_expired(old.connection, wall_now());
    INFO((dropped ? "" : dropped.error().cause));
    REQUIRE(dropped);
    CHECK(old.database.number("SELECT count(*) FROM watchglass.frame_events") == 1);
    CHECK(old.database.number("SELECT count(*) FROM watchglass.stream_repeats") == 1);
    CHECK(old.database.number("SELECT count(*) FROM watchglass.stream_landmarks") == 3);
    CHECK(old.database.number("SELECT count(*) FROM watchglass.platform_histories") == 100);
    CHECK(old.database.number("SELECT count(*) FROM watchglass.platform_histories WHERE began_at < now() - "
                              "interval '496 days'") == 0);
}

TEST_CASE("tomorrow's partitions are there before tomorrow, and the size is known") {
    const TestDatabase database;
    auto connection = database.connect("wg_ingest");
    const WallTime tomorrow = days_ago(-1);
    REQUIRE(make_partitions(connection, tomorrow));
    for (const auto table : {PartitionedTable::frames, PartitionedTable::chunks, PartitionedTable::commits})
        CHECK(count(connection, table) == 1);
    CHECK(partitions_of(connection, PartitionedTable::frames)->front() ==
          Partition{RetentionClass{1}, tomorrow});
    CHECK(database_bytes(connection).value() > 1'000'000);
}

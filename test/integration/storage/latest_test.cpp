// SPDX-License-Identifier: Apache-2.0
#include "storage/read/latest.h"

#include <catch2/catch.hpp>

#include "storage/telemetry/latest_progress.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

constexpr Microseconds minute{60'000'000};
constexpr std::string_view shard_a = "a";
constexpr std::string_view both_shards = "ab";

struct Fixture {
    TestDatabase database;
    DeviceKey device = database.add_device(device_id(first_device));
    DeviceKey neighbor = database.add_device(device_id(second_device));
    DictionaryNumber dictionary = database.dictionary("pump-test-bench");
    std::string parameter = database.value(
        "SELECT name FROM watchglass.dictionary_parameters WHERE number = 1 AND dictionary = " +
        std::to_string(dictionary.value()));
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};
    LatestStore latest;
    Connection ingest = database.connect("wg_ingest");

    /// Committed, and nothing said of the latest values: what a process leaves that is killed now.
    std::int64_t store(OneFrame frame) {
        const auto outcome = writer.commit(frame.batch());
        INFO((outcome.failure ? outcome.failure->cause : ""));
        REQUIRE(outcome.committed == Committed::yes);
        return writer.last_commit();
    }
    void write(const LatestNewsByKey& news) {
        auto unit = UnitOfWork::begin(ingest);
        REQUIRE(latest.apply(*unit, news));
        REQUIRE(unit->commit().committed == Committed::yes);
    }
    void make_up(std::int64_t commit, std::string_view shards) {
        write(news_of_commit(ingest, commit, shards).value());
        auto unit = UnitOfWork::begin(ingest);
        REQUIRE(save_latest_progress(*unit, shards, commit));
        REQUIRE(unit->commit().committed == Committed::yes);
    }
    std::vector<std::int64_t> missing(std::string_view shards) {
        return commits_ahead_of_latest(ingest, shards).value();
    }
    std::vector<LatestReading> read() {
        auto connection = database.connect("wg_console");
        auto unit = begin_read(connection, {TenantNumber{1}});
        return latest_of(*unit, device_id(first_device)).value();
    }
};

}  // namespace

TEST_CASE("latest shows the newest value, and a backfill does not move it back") {
    Fixture f;
    // The second parameter is told once; the first again by a later epoch, and then by an older one that came late.
    f.make_up(f.store({f.device, f.dictionary, 7, 1, noon, {1.0, 2.0}}), shard_a);
    f.make_up(f.store({f.device, f.dictionary, 8, 1, noon + minute, {3.0}}), shard_a);
    f.make_up(f.store({f.device, f.dictionary, 7, 2, noon + Microseconds{1000}, {4.0}}), shard_a);
    const auto latest = f.read();
    REQUIRE(latest.size() == 2);
    for (const LatestReading& reading : latest) {
        CHECK(reading.value == (reading.parameter == f.parameter ? 3.0 : 2.0));
        CHECK(reading.freshness == "silent");  // these readings are from another day
    }
}

TEST_CASE("what a killed process owed to the latest values is found in its commits") {
    Fixture f;
    const auto told = f.store({f.device, f.dictionary, 7, 1, noon, {1.0}});
    f.make_up(told, shard_a);
    const auto owed = f.store({f.device, f.dictionary, 7, 2, noon + minute, {2.0}});
    const auto owed_too = f.store({f.device, f.dictionary, 7, 3, noon + minute * 2, {5.0}});
    CHECK(f.read().at(0).value == 1.0);
    CHECK(f.missing(shard_a) == std::vector{owed, owed_too});

    f.make_up(owed, shard_a);
    CHECK(f.missing(shard_a) == std::vector{owed_too});
    f.make_up(owed_too, shard_a);
    CHECK(f.missing(shard_a).empty());
    CHECK(f.read().at(0).value == 5.0);
}

TEST_CASE("each shard's progress is its own, and never goes back") {
    Fixture f;
    const auto ours = f.store({f.device, f.dictionary, 7, 1, noon, {1.0}});
    const auto neighbors = f.store({f.neighbor, f.dictionary, 7, 1, noon, {2.0}});
    CHECK(f.missing(both_shards) == std::vector{ours, neighbors});
    CHECK(f.missing(shard_a) == std::vector{ours});
    f.make_up(neighbors, shard_a);  // holds nothing of this shard, but everything before it does
    CHECK(f.missing(shard_a).empty());
    CHECK(f.missing("b") == std::vector{neighbors});
    const auto newest = f.store({f.device, f.dictionary, 7, 2, noon + minute, {3.0}});
    f.make_up(newest, shard_a);
    f.make_up(ours, shard_a);  // somebody who comes late
    CHECK(f.missing(shard_a).empty());
}

TEST_CASE("the news of a commit are those of the shards that are asked for") {
    Fixture f;
    const auto commit = f.store({f.neighbor, f.dictionary, 7, 1, noon, {2.0}});
    CHECK(news_of_commit(f.ingest, commit, shard_a).value().empty());
    CHECK(news_of_commit(f.ingest, commit, both_shards).value().size() == 1);
}

TEST_CASE("a sign of life moves only last heard, and never back") {
    Fixture f;
    for (const WallTime when : {noon + minute, noon}) f.write({{{f.device, ""}, {when, {}, {}}}});
    CHECK(f.database.value("SELECT heard = '2026-01-02T03:05:05Z' FROM watchglass.latest_values") == "true");
}

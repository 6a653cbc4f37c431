// SPDX-License-Identifier: Apache-2.0
#include "ingest/housekeeping.h"

#include <catch2/catch.hpp>

#include "storage/history/chunk.h"
#include "storage/history/partitions.h"
#include "test/integration/storage/one_frame.h"
#include "test/integration/storage/random_history.h"
#include "test/support/captured_log.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::ingest;
using namespace watchglass::test;
using namespace std::chrono_literals;
namespace history = watchglass::storage::history;

namespace {

/// One ingestd's housekeeping, with meters of its own.
struct Keeper {
    explicit Keeper(const TestDatabase& database, std::int64_t limit_bytes = 0)
        : housekeeping(database.dsn("wg_ingest"), clock,
                       {.settle = 60min, .share_percent = 100, .limit_bytes = limit_bytes}, meters) {
        housekeeping.start();
    }
    [[nodiscard]] bool leads() const { return meters.leader.value() == 1; }

    SystemClock clock;
    metrics::Registry registry;
    HousekeepingMeters meters{registry};
    Housekeeping housekeeping;
};

bool all_closed(const TestDatabase& database) {
    return database.number("SELECT count(*) FROM watchglass.frames") == 0;
}

}  // namespace

TEST_CASE("beside ingest, hours that are over are closed and tomorrow is made ready") {
    const TestDatabase database;
    RandomHistory world{database, 21};
    world.append(80, evening, evening + 3h);
    const auto samples = database.number("SELECT count(*) FROM watchglass.samples");

    Keeper keeper{database};
    REQUIRE(eventually([&] { return all_closed(database); }));
    REQUIRE(eventually(
        [&] { return keeper.meters.closed_samples.value() == static_cast<std::uint64_t>(samples); }));
    CHECK(keeper.meters.closed_frames.value() == 80);
    CHECK(keeper.meters.failures.value() == 0);
    CHECK(keeper.meters.database_bytes.value() > 1e6);

    auto connection = database.connect("wg_ingest");
    const WallTime today{history::floor_to(SystemClock{}.wall().us, history::day_us)};
    // The days that were emptied are long past: nobody has to look through them again.
    CHECK(eventually([&] {
        const auto days = history::partitions_of(connection, history::PartitionedTable::frames);
        return days && days->front().begins >= today && days->back().begins > today;
    }));
    world.require_all_answers();
}

TEST_CASE("hours wait to be closed until the latest values have what a killed process owed them") {
    const TestDatabase database;
    storage::ConnectionPool pool{pool_of(database, "wg_ingest")};
    storage::TelemetryWriter writer{pool};
    OneFrame frame{database.add_device(device_id(first_device)), database.dictionary("pump-test-bench")};
    frame.t = SystemClock{}.wall() + Microseconds{-3h};
    auto batch = frame.batch();
    batch.received = batch.frames[0].received = frame.t;
    REQUIRE(writer.commit(batch).committed == storage::Committed::yes);

    Keeper keeper{database};
    // The last thing that it asks in a turn.
    REQUIRE(eventually([&] {
        return database.number(
                   "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'watchglass-ingestd "
                   "history'"
                   " AND datname = current_database() AND state = 'idle' AND query LIKE "
                   "'%latest_progress%'") == 1;
    }));
    CHECK(!all_closed(database));
    CHECK(keeper.meters.failures.value() == 0);

    database.run(
        "UPDATE watchglass.latest_progress SET through = (SELECT max(commit) FROM watchglass.commits)");
    CHECK(eventually([&] { return all_closed(database); }));
}

TEST_CASE("of several processes one keeps house, and another when that is gone") {
    const TestDatabase database;
    auto first = std::make_unique<Keeper>(database);
    REQUIRE(eventually([&] { return first->leads(); }));
    Keeper second{database};
    CHECK(!second.leads());
    first.reset();
    REQUIRE(eventually([&] { return second.leads(); }));
}

TEST_CASE("housekeeping whose session is cut goes on with another") {
    const TestDatabase database;
    Keeper keeper{database};
    REQUIRE(eventually([&] { return keeper.leads(); }));
    database.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'watchglass-ingestd "
        "history'"
        " AND datname = current_database()");
    RandomHistory world{database, 22};
    world.append(20, evening, evening + 1h);
    Keeper other{database};
    REQUIRE(eventually([&] { return all_closed(database); }));
    world.require_all_answers();
}

TEST_CASE("an alarm says that the database nears its limit, and what to do") {
    const TestDatabase database;
    CapturedLog log;
    const auto bytes = database.number("SELECT pg_database_size(current_database())");
    Keeper keeper{database, bytes + bytes / 9};
    REQUIRE(eventually([&] { return log.contains("storage.nearly_full"); }));
    CHECK(log.contains("storage.limit_bytes"));
    CHECK(keeper.meters.limit_bytes.value() > 0);
}

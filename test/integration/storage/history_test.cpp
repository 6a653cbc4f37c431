// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <catch2/catch.hpp>

#include "storage/history/closer.h"
#include "storage/history/partitions.h"
#include "storage/postgres/codes.h"
#include "test/integration/storage/one_frame.h"
#include "test/integration/storage/random_history.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::storage::history;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

constexpr WallTime much_later{evening.us + 24 * hour_us};
const std::string hot_rows = "SELECT count(*) FROM watchglass.frames";
const std::string chunk_rows = "SELECT count(*) FROM watchglass.series_chunks";

/// Steps until there is nothing to do; answers how many pieces there were. `after_each` may be empty.
int close_all(Connection& connection, Closer& closer, WallTime now,
              const std::function<void()>& after_each = {}) {
    for (int pieces = 0;;) {
        const auto done = closer.step(connection, now);
        INFO((done ? "" : done.error().message() + done.error().cause));
        REQUIRE(done);
        if (!*done) return pieces;
        if ((*done)->frames == 0) continue;
        ++pieces;
        if (after_each) after_each();
    }
}

}  // namespace

TEST_CASE("closing changes no answer: before, half-way, after, with late frames, and again") {
    const unsigned seed = GENERATE(1u, 2u);
    const TestDatabase database;
    RandomHistory world{database, seed};
    world.append(240, evening, evening + 5h);
    world.require_all_answers();

    auto connection = database.connect("wg_ingest");
    Closer closer{{.settle = 1h, .most_frames = 40}};
    int piece = 0;
    const int pieces = close_all(connection, closer, much_later, [&] {
        if (++piece % 8 == 1) world.require_all_answers();
    });
    CHECK(pieces > 6);
    CHECK(database.number(hot_rows) == 0);
    world.require_all_answers();

    world.append(60, evening, evening + 5h);
    world.require_all_answers();
    Closer another{{.settle = 1h, .most_frames = 40}};
    close_all(connection, another, much_later);
    CHECK(database.number(hot_rows) == 0);
    CHECK(database.number("SELECT count(DISTINCT tableoid) FROM watchglass.series_chunks") == 2);
    world.require_all_answers();
}

TEST_CASE("an hour is closed once it is settled, and so is a frame that came late") {
    const TestDatabase database;
    RandomHistory world{database, 4};
    world.append(100, evening, evening + 2h);
    auto connection = database.connect("wg_ingest");
    Closer closer{{.settle = 1h}};

    SECTION("the present hours stay hot") {
        close_all(connection, closer, evening + 2h + 59min);
        const auto left = "SELECT count(*) FROM watchglass.frames WHERE t >= '2026-01-31T23:00Z'";
        CHECK(database.number(hot_rows) > 0);
        CHECK(database.number(hot_rows) == database.number(left));
        close_all(connection, closer, evening + 3h + 21min);
        CHECK(database.number(hot_rows) == 0);
    }
    SECTION("what was received a moment ago stays hot, however old it is") {
        database.run("UPDATE watchglass.frames SET received = '2026-02-01T20:00Z'");
        close_all(connection, closer, WallTime{evening.us} + 22h + 30min);
        CHECK(database.number(chunk_rows) == 0);
        close_all(connection, closer, WallTime{evening.us} + 23h + 1min);
        CHECK(database.number(hot_rows) == 0);
    }
    SECTION("a round comes again for what was late") {
        close_all(connection, closer, much_later);
        world.append(5, evening, evening + 1h);
        close_all(connection, closer, much_later + 1s);
        CHECK(database.number(hot_rows) == 5);
        close_all(connection, closer, much_later + 11min);
        CHECK(database.number(hot_rows) == 0);
    }
}

TEST_CASE("instruments go on reporting while their hours are closed, and nothing is lost or doubled") {
    const TestDatabase database;
    RandomHistory world{database, 5};
    world.append(50, evening, evening + 3h);
    auto connection = database.connect("wg_ingest");
    std::atomic<bool> reporting{true};
    std::thread closing([&] {
        while (reporting) {
            Closer closer{{.settle = 0s, .most_frames = 20}};
            while (true) {
                const auto done = closer.step(connection, much_later);
                if (!done || !*done) break;
            }
        }
    });
    for (int i = 0; i < 40; ++i) world.append(10, evening, evening + 3h);
    reporting = false;
    closing.join();
    world.require_all_answers();
    Closer closer{{.settle = 0s}};
    close_all(connection, closer, much_later);
    CHECK(database.number(hot_rows) == 0);
    world.require_all_answers();
}

TEST_CASE("two that close the same hour: one of them does it") {
    const TestDatabase database;
    RandomHistory world{database, 6};
    world.append(300, evening, evening + 3h);
    const auto close_repeatedly = [&](Connection connection) {
        for (int round = 0; round < 200; ++round) {
            Closer closer{{.settle = 1h, .most_frames = 10}};
            bool quiet = true;
            while (true) {
                const auto done = closer.step(connection, much_later);
                quiet = quiet && done.has_value();
                if (done && !*done) break;
            }
            if (quiet) return;
        }
    };
    std::thread other(close_repeatedly, database.connect("wg_ingest"));
    close_repeatedly(database.connect("wg_ingest"));
    other.join();
    CHECK(database.number(hot_rows) == 0);
    world.require_all_answers();
}

TEST_CASE("an empty day that is past is dropped, and a late frame has it made again") {
    const TestDatabase database;
    auto connection = database.connect("wg_ingest");
    OneFrame one{database.add_device(device_id(first_device)), database.dictionary("pump-test-bench")};
    auto batch = one.batch();
    FrameStore store;
    const auto append = [&]() -> Result<std::int64_t> {
        if (const auto ready = store.prepare(connection, batch.frames, noon); !ready) return failed(ready);
        auto unit = UnitOfWork::begin(connection);
        REQUIRE(unit);
        auto rows = store.append(*unit, batch.frames);
        if (rows) REQUIRE(unit->commit().committed == Committed::yes);
        return rows;
    };
    REQUIRE(append());
    Closer closer{{.settle = 1h}};
    close_all(connection, closer, noon + 5 * 24h);
    CHECK(closer.dropped_days() == 1);
    CHECK(database.value("SELECT to_regclass('watchglass.frames_c1_20260102')") == "NULL");

    const auto refused = append();  // ingest still believes in the partition
    REQUIRE(!refused);
    CHECK(refused.error().code == storage::codes::busy);
    store.forget_partitions();
    CHECK(append());
    CHECK(database.number("SELECT count(*) FROM watchglass.telemetry('aaaaaaaaaaaaaaaaaaaaaaaaaa', "
                          "'accelerometer_1_rms', '2026-01-01', '2026-01-04')") == 2);
}

TEST_CASE("a reader of one tenant sees nothing of another in closed history either") {
    const TestDatabase database;
    RandomHistory world{database, 7};
    world.append(100, evening, evening + 2h);
    auto connection = database.connect("wg_ingest");
    Closer closer{{.settle = 1h}};
    close_all(connection, closer, much_later);
    database.run(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'history_reader') THEN"
        " CREATE ROLE history_reader LOGIN IN ROLE wg_reader; END IF; END $$;"
        "INSERT INTO watchglass.tenant_readers (role, tenant) VALUES ('history_reader', 1)");
    auto reader = database.connect("history_reader");
    const auto count = [&](const std::string& what) {
        const auto rows = reader.run("SELECT count(*) FROM " + what);
        INFO(what << (rows ? "" : rows.error().cause));
        REQUIRE(rows);
        return (*rows)[0].int64(0);
    };
    for (const char* table :
         {"watchglass.series_chunks", "watchglass.closed_samples", "watchglass.samples"}) {
        CHECK(count(table) > 0);
        CHECK(count(std::string(table) + " WHERE tenant <> 1") == 0);
    }
    const auto level_of = [](std::string_view device) {
        return "('" + std::string(device) + "', 'level', '2026-01-31', '2026-02-02'";
    };
    CHECK(count("watchglass.telemetry" + level_of(first_device) + ")") > 0);
    CHECK(count("watchglass.telemetry" + level_of(second_device) + ")") == 0);
    CHECK(count("watchglass.telemetry_buckets" + level_of(first_device) + ", '1 hour') b WHERE b.count > 0") >
          0);
    CHECK(count("watchglass.telemetry_buckets" + level_of(second_device) +
                ", '1 hour') b WHERE b.count > 0") == 0);
    CHECK(!reader.run("SELECT count(*) FROM watchglass.series_chunks_c1_202601").has_value());
    CHECK(!reader.run("DELETE FROM watchglass.series_chunks").has_value());
}

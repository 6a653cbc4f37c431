// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include <catch2/catch.hpp>

#include "storage/postgres/codes.h"
#include "storage/telemetry/stream_store.h"
#include "test/integration/storage/one_frame.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;
namespace is = watchglass::storage::codes;

namespace {

struct Fixture {
    TestDatabase database;
    DeviceKey device = database.add_device(device_id(first_device));
    DictionaryNumber dictionary = database.dictionary("pump-test-bench");
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};
};

std::string stored_through(const TestDatabase& database) {
    return database.value("SELECT string_agg(stored_through::text, ',') FROM watchglass.streams");
}

/// Makes COMMIT itself take until the session is ended: a deferred check that waits for a lock.
void slow_commit(const TestDatabase& database) {
    database.run(
        "CREATE FUNCTION public.linger() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON watchglass.stream_gaps DEFERRABLE INITIALLY "
        "DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION public.linger()");
}

}  // namespace

TEST_CASE("a batch moves its stream and keeps its chain") {
    Fixture f;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) {
        OneFrame frame{f.device, f.dictionary, 7, seq};
        const auto outcome = f.writer.commit(frame.batch());
        INFO((outcome.failure ? outcome.failure->cause : ""));
        REQUIRE(outcome.committed == Committed::yes);
    }
    auto connection = f.pool.acquire();
    REQUIRE(connection);
    const StreamKey key{f.device, {Lane::telemetry, Epoch{7}}};
    const auto streams = load_streams(**connection, f.device);
    REQUIRE(streams);
    REQUIRE(streams->size() == 1);
    CHECK(streams->front().stored_through == StreamSeq{3});
    CHECK(streams->front().chain == chain_of(3));
    // Of a shard only what moved lately is read ahead; this stream moved when the test's clock said.
    CHECK(load_streams(**connection, "a")->empty());
    f.database.run("UPDATE watchglass.streams SET last_at = now()");
    CHECK(load_streams(**connection, "a")->size() == 1);
    CHECK(load_streams(**connection, "b")->empty());
    CHECK(load_streams(**connection, "xab")->size() == 1);
    for (std::uint64_t seq = 1; seq <= 3; ++seq)
        CHECK(*kept_chain(**connection, key, StreamSeq{seq}) == chain_of(seq));
    CHECK(!kept_chain(**connection, key, StreamSeq{4})->has_value());
}

TEST_CASE("epochs use all 64 bits") {
    Fixture f;
    OneFrame frame{f.device, f.dictionary, 0xfedcba9876543210u, 1};
    REQUIRE(f.writer.commit(frame.batch()).committed == Committed::yes);
    auto connection = f.pool.acquire();
    CHECK(load_streams(**connection, f.device)->front().stream.stream.epoch == Epoch{0xfedcba9876543210u});
}

TEST_CASE("a batch that does not follow changes nothing") {
    Fixture f;
    OneFrame first{f.device, f.dictionary, 7, 1};
    REQUIRE(f.writer.commit(first.batch()).committed == Committed::yes);

    SECTION("a repeat") {}
    SECTION("beyond a hole") { first.seq = 3; }
    first.numbers = {9.5};
    first.t = noon + Microseconds{1};
    const auto outcome = f.writer.commit(first.batch());
    CHECK(outcome.committed == Committed::no);
    CHECK(outcome.failure->code.name == is::stream_moved.name);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.frames") == 1);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.commits") == 1);
    CHECK(stored_through(f.database) == "1");
}

TEST_CASE("a batch that follows a stream which is gone changes nothing") {
    Fixture f;
    for (std::uint64_t seq = 1; seq <= 2; ++seq) {
        OneFrame frame{f.device, f.dictionary, 7, seq};
        REQUIRE(f.writer.commit(frame.batch()).committed == Committed::yes);
    }
    f.database.run("DELETE FROM watchglass.streams");
    OneFrame third{f.device, f.dictionary, 7, 3};
    const auto outcome = f.writer.commit(third.batch());
    REQUIRE(outcome.committed == Committed::no);
    CHECK(outcome.failure->code.name == is::stream_moved.name);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.streams") == 0);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.frames") == 2);
}

TEST_CASE("a chain is found however many commits of its stream came after it") {
    Fixture f;
    constexpr std::uint64_t places = 200;
    for (std::uint64_t seq = 1; seq <= places; ++seq) {
        OneFrame frame{f.device, f.dictionary, 7, seq};
        REQUIRE(f.writer.commit(frame.batch()).committed == Committed::yes);
    }
    CHECK(f.database.number("SELECT count(*) FROM watchglass.stream_landmarks") == places / 16);
    auto connection = f.pool.acquire();
    const StreamKey key{f.device, {Lane::telemetry, Epoch{7}}};
    for (std::uint64_t seq = 1; seq <= places; ++seq) {
        INFO(seq);
        CHECK(*kept_chain(**connection, key, StreamSeq{seq}) == chain_of(seq));
    }
    CHECK_FALSE(kept_chain(**connection, key, StreamSeq{places + 1})->has_value());
    CHECK_FALSE(kept_chain(**connection, {f.device, {Lane::telemetry, Epoch{8}}}, StreamSeq{1})->has_value());
}

TEST_CASE("of two writers that race for one position one wins, and the other learns it") {
    Fixture f;
    for (std::uint64_t seq = 1; seq <= 20; ++seq) {
        CommitOutcome outcomes[2];
        std::thread racers[2];
        for (int i = 0; i < 2; ++i)
            racers[i] = std::thread([&, i] {
                TelemetryWriter writer{f.pool};
                OneFrame frame{f.device, f.dictionary, 7, seq, noon, {static_cast<double>(i)}};
                outcomes[i] = writer.commit(frame.batch());
            });
        for (auto& racer : racers) racer.join();
        const bool first_won = outcomes[0].committed == Committed::yes;
        const auto& loser = outcomes[first_won ? 1 : 0];
        INFO(loser.failure->message() << ' ' << loser.failure->cause);
        CHECK(outcomes[first_won ? 0 : 1].committed == Committed::yes);
        CHECK(loser.committed == Committed::no);
        CHECK(loser.failure->next == Next::retry_later);
    }
    CHECK(f.database.number("SELECT count(*) FROM watchglass.frames") == 20);
    CHECK(stored_through(f.database) == "20");
}

TEST_CASE("data that PostgreSQL refuses is told apart from trouble with the database") {
    Fixture f;
    const std::string_view with_nul("a\0b", 3);
    OneFrame frame{f.device,  f.dictionary, 7, 1, noon, {std::numeric_limits<double>::quiet_NaN()},
                   {with_nul}};
    const auto outcome = f.writer.commit(frame.batch());
    CHECK(outcome.committed == Committed::no);
    CHECK(outcome.failure->code.name == is::refused_data.name);
    CHECK(outcome.failure->detail == "Invalid byte sequence for encoding \"UTF8\": 0x00.");
    CHECK(f.database.number("SELECT count(*) FROM watchglass.streams") == 0);

    OneFrame good{f.device, f.dictionary, 7, 1};
    CHECK(f.writer.commit(good.batch()).committed == Committed::yes);
}

TEST_CASE("a session lost before COMMIT was sent has stored nothing") {
    Fixture f;
    auto connection = f.database.connect("wg_ingest");
    auto unit = UnitOfWork::begin(connection);
    REQUIRE(unit);
    f.database.run("SELECT pg_terminate_backend(" + std::to_string(connection.backend_pid()) + ")");
    CHECK(eventually([&] { return !unit->run("SELECT 1").has_value(); }));
    CHECK(connection.broken());
    CHECK(unit->commit().committed == Committed::no);
}

TEST_CASE("a session lost while PostgreSQL commits leaves the outcome unknown, and the tables then tell") {
    Fixture f;
    slow_commit(f.database);
    OneFrame frame{f.device, f.dictionary, 7, 1};
    auto batch = frame.batch();
    GapRow gap;
    gap.device = f.device;
    gap.stream = {Lane::events, Epoch{9}};
    gap.from = StreamSeq{1};
    gap.to = StreamSeq{4};
    gap.received = noon;
    batch.gaps = {gap};

    CommitOutcome outcome;
    std::thread committing([&] { outcome = f.writer.commit(batch); });
    const std::string in_commit =
        "FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT'"
        " AND wait_event = 'PgSleep'";
    const bool reached = eventually([&] { return f.database.number("SELECT count(*) " + in_commit) == 1; });
    f.database.run("SELECT pg_terminate_backend(pid) " + in_commit);
    committing.join();
    REQUIRE(reached);
    CHECK(outcome.committed == Committed::unknown);
    CHECK(outcome.failure->code.name == is::commit_unknown.name);

    const StreamKey keys[] = {batch.runs[0].stream};
    const auto settled = f.writer.settle(keys);
    REQUIRE(settled);
    CHECK(settled->empty());  // it had not reached the commit record
    f.database.run("DROP TRIGGER linger ON watchglass.stream_gaps");
    CHECK(f.writer.commit(batch).committed == Committed::yes);
    CHECK(f.writer.settle(keys)->front().stored_through == StreamSeq{1});
}

TEST_CASE("gaps and quarantined positions are counted beside what is stored") {
    Fixture f;
    OneFrame frame{f.device, f.dictionary, 7, 1};
    auto batch = frame.batch();
    batch.runs[0].through = StreamSeq{10};
    batch.runs[0].chains = {chain_of(10)};
    batch.runs[0].missing = 7;
    batch.runs[0].quarantined = 2;
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    CHECK(f.database.value(
              "SELECT stored || ' ' || quarantined || ' ' || missing FROM watchglass.stream_positions") ==
          "1 2 7");
    auto connection = f.pool.acquire();
    const StreamKey key{f.device, {Lane::telemetry, Epoch{7}}};
    CHECK(*kept_chain(**connection, key, StreamSeq{10}) == chain_of(10));
    CHECK(!kept_chain(**connection, key, StreamSeq{5})->has_value());  // inside the gap
}

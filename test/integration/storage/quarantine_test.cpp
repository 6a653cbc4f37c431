// SPDX-License-Identifier: Apache-2.0
#include "storage/read/quarantine.h"

#include <catch2/catch.hpp>

#include "storage/postgres/codes.h"
#include "storage/postgres/listener.h"
#include "storage/telemetry/quarantine_store.h"
#include "test/integration/storage/one_frame.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

struct Fixture {
    TestDatabase database;
    DeviceKey device = database.add_device(device_id(first_device));
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};
    Bytes bytes{0x00, 0xff, 0x0a};

    /// One frame that was refused: the stream has moved past it.
    std::int64_t refused_frame(std::uint64_t seq = 1) {
        OneFrame frame{device, {}, 7, seq};
        auto batch = frame.batch();
        batch.frames.clear();
        batch.runs[0].quarantined = 1;
        QuarantineRow row;
        row.device = device;
        row.topic = "wg/v1/a/x/up/telemetry";
        row.stream = StreamId{Lane::telemetry, Epoch{7}};
        row.seq = StreamSeq{seq};
        row.received = noon;
        row.code = "frame.unknown_dictionary";
        row.detail = "Dictionary future 3 is not installed.";
        row.bytes = bytes;
        batch.quarantined = {row};
        REQUIRE(writer.commit(batch).committed == Committed::yes);
        return database.number("SELECT max(id) FROM watchglass.quarantine");
    }
    void request(std::int64_t id) {
        auto connection = database.connect("wg_provision");
        auto unit = UnitOfWork::begin(connection);
        const auto asked = request_replay(*unit, id, TenantNumber{1});
        INFO((asked ? "" : asked.error().cause));
        REQUIRE(asked);
        REQUIRE(unit->commit().committed == Committed::yes);
    }
};

}  // namespace

TEST_CASE("a refused frame is shown with its bytes, its place and its reason") {
    Fixture f;
    const auto id = f.refused_frame();
    auto connection = f.database.connect("wg_console");
    auto unit = begin_read(connection, {TenantNumber{1}});
    const auto shown = show_quarantined(*unit, id);
    REQUIRE(shown);
    REQUIRE(shown->has_value());
    CHECK((*shown)->bytes == f.bytes);
    CHECK((*shown)->device == device_id(first_device));
    CHECK((*shown)->seq == StreamSeq{1});
    CHECK((*shown)->code == "frame.unknown_dictionary");
    CHECK((*shown)->state == "open");
    CHECK(f.database.value("SELECT stored || ' ' || quarantined FROM watchglass.stream_positions") == "0 1");
}

TEST_CASE("what nobody's is shown to operators of the platform alone") {
    Fixture f;
    TelemetryBatch batch;
    batch.received = noon;
    QuarantineRow row;
    row.topic = std::string("evil\0\x1b[31m", 10);
    row.received = noon;
    row.code = "topic.foreign";
    row.bytes = f.bytes;
    batch.quarantined = {row};
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    auto connection = f.database.connect("wg_console");
    {
        auto unit = begin_read(connection, {TenantNumber{1}});
        CHECK(list_quarantined(*unit, std::nullopt, {})->items.empty());
    }
    auto unit = begin_read(connection, {});
    const auto all = list_quarantined(*unit, std::nullopt, {});
    REQUIRE(all->items.size() == 1);
    CHECK(!all->items[0].device);
    CHECK(all->items[0].topic.find('\x1b') == std::string::npos);
}

TEST_CASE("an unreadable message that comes again and again is one row a day that counts") {
    Fixture f;
    QuarantineRow row;
    row.device = f.device;
    row.topic = "wg/v1/a/x/up/telemetry";
    row.received = noon;
    row.code = "frame.malformed";
    row.bytes = f.bytes;
    const auto comes = [&] {
        TelemetryBatch batch;
        batch.received = noon;
        batch.quarantined = {row};
        const auto outcome = f.writer.commit(batch);
        INFO((outcome.failure ? outcome.failure->cause : ""));
        REQUIRE(outcome.committed == Committed::yes);
    };
    const auto seen = [&] {
        return f.database.value("SELECT string_agg(seen::text, ',' ORDER BY id) FROM watchglass.quarantined");
    };
    for (int minute = 0; minute < 3; ++minute) {
        row.received = noon + Microseconds{minute * 60'000'000LL};
        comes();
    }
    CHECK(seen() == "3");

    SECTION("another day") { row.received = noon + Microseconds{86'400'000'000}; }
    SECTION("another reason") { row.code = "ingest.wrong_lane"; }
    const Bytes other{0x01};
    SECTION("other bytes") { row.bytes = other; }
    SECTION("another sender") { row.device = f.database.add_device(device_id(second_device)); }
    comes();
    CHECK(seen() == "3,1");
}

TEST_CASE("frames that have a place are kept one by one, however alike") {
    Fixture f;
    f.refused_frame();
    QuarantineRow row;
    row.device = f.device;
    row.stream = StreamId{Lane::telemetry, Epoch{7}};
    row.seq = StreamSeq{2};
    row.received = noon;
    row.code = "frame.unknown_dictionary";
    row.bytes = f.bytes;
    TelemetryBatch batch;
    batch.received = noon;
    batch.quarantined = {row};
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.quarantine") == 2);
}

TEST_CASE("a replay is asked for, announced, taken once and counted as stored") {
    Fixture f;
    const auto id = f.refused_frame();
    auto listener = Listener::open(f.database.dsn("wg_ingest"), "test", {"watchglass_quarantine"});
    REQUIRE(listener);
    f.request(id);
    CHECK(listener->wait(patience)->at(0).payload == std::to_string(id));

    auto connection = f.database.connect("wg_ingest");
    const auto requests = replay_requests(connection, "a", 10);
    REQUIRE(requests);
    REQUIRE(requests->size() == 1);
    CHECK(requests->front().bytes == f.bytes);
    CHECK(replay_requests(connection, "b", 10)->empty());

    OneFrame frame{f.device, f.database.dictionary("pump-test-bench"), 7, 1};
    const auto outcome = f.writer.commit_replay(id, frame.batch());
    INFO((outcome.failure ? outcome.failure->cause : ""));
    CHECK(outcome.committed == Committed::yes);
    CHECK(f.writer.commit_replay(id, frame.batch()).committed == Committed::no);
    CHECK(f.database.number("SELECT count(*) FROM watchglass.frames") == 1);
    CHECK(f.database.value("SELECT stored || ' ' || quarantined FROM watchglass.stream_positions") == "1 0");
    CHECK(f.database.value("SELECT state FROM watchglass.quarantined") == "replayed");
}

TEST_CASE("a replay into a day whose partition was dropped meanwhile makes the day again") {
    Fixture f;
    const auto first = f.refused_frame(1);
    const auto second = f.refused_frame(2);
    f.request(first);
    f.request(second);
    const auto dictionary = f.database.dictionary("pump-test-bench");
    OneFrame frame{f.device, dictionary, 7, 1};
    REQUIRE(f.writer.commit_replay(first, frame.batch()).committed == Committed::yes);
    f.database.run("DROP TABLE watchglass.frames_c1_20260102");

    OneFrame next{f.device, dictionary, 7, 2};
    CHECK(f.writer.commit_replay(second, next.batch()).committed == Committed::no);
    CHECK(f.writer.commit_replay(second, next.batch()).committed == Committed::yes);
    CHECK(f.database.number("SELECT seq FROM watchglass.frames") == 2);
}

TEST_CASE("a replay that is refused again is open again, with the new reason") {
    Fixture f;
    const auto id = f.refused_frame();
    f.request(id);
    auto connection = f.database.connect("wg_ingest");
    auto unit = UnitOfWork::begin(connection);
    REQUIRE(mark_refused_again(*unit, id, "frame.wrong_type", "Parameter 3 is a text."));
    REQUIRE(unit->commit().committed == Committed::yes);
    CHECK(f.database.value("SELECT state || ' ' || code FROM watchglass.quarantined") ==
          "open frame.wrong_type");
}

TEST_CASE("messages without a place are refused again one by one, and their repeats still find them") {
    Fixture f;
    QuarantineRow row;
    row.device = f.device;
    row.received = noon;
    row.bytes = f.bytes;
    TelemetryBatch batch;
    batch.received = noon;
    for (const char* code : {"frame.malformed", "ingest.wrong_lane"}) {
        row.code = code;
        batch.quarantined.push_back(row);
    }
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    auto connection = f.database.connect("wg_ingest");
    for (std::int64_t id = 1; id <= 2; ++id) {
        f.request(id);
        auto unit = UnitOfWork::begin(connection);
        REQUIRE(mark_refused_again(*unit, id, "ingest.bad_position", "It had no place."));
        REQUIRE(unit->commit().committed == Committed::yes);
    }
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    CHECK(f.database.value("SELECT string_agg(state || ' ' || seen || ' ' || detail, ',') "
                           "FROM watchglass.quarantined") ==
          "open 2 It had no place.,open 2 It had no place.");
}

TEST_CASE("another tenant's message cannot be replayed") {
    Fixture f;
    const auto id = f.refused_frame();
    auto connection = f.database.connect("wg_provision");
    auto unit = UnitOfWork::begin(connection);
    const auto refused = request_replay(*unit, id, TenantNumber{2});
    REQUIRE(!refused);
    CHECK(refused.error().code.name == "foundation.not_found");
}

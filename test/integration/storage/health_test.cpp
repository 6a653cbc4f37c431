// SPDX-License-Identifier: Apache-2.0
#include "storage/read/health.h"

#include <catch2/catch.hpp>

#include "storage/read/events.h"
#include "storage/telemetry/clock_anchor_store.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

constexpr Microseconds second{1'000'000};
constexpr Microseconds minute{60'000'000};
constexpr Microseconds day{86'400'000'000};

/// One instrument, of which things happen at moments before now.
struct Instrument {
    TestDatabase database;
    DeviceKey device = database.add_device(device_id(first_device));
    DictionaryNumber dictionary = database.dictionary("pump-test-bench");
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};
    WallTime now = SystemClock{}.wall();

    [[nodiscard]] WallTime ago(Microseconds age) const { return now + Microseconds{-age.count()}; }

    void store(const TelemetryBatch& batch) {
        const auto outcome = writer.commit(batch);
        INFO((outcome.failure ? outcome.failure->cause : ""));
        REQUIRE(outcome.committed == Committed::yes);
        auto ingest = database.connect("wg_ingest");
        write_latest(ingest, batch);
    }
    void frame(std::uint64_t epoch, std::uint64_t seq, WallTime t) {
        OneFrame one{device, dictionary, epoch, seq, t};
        auto batch = one.batch();
        batch.received = batch.frames[0].received = now;
        store(batch);
    }
    void event(EventKind kind, std::uint64_t epoch, std::uint64_t seq, WallTime t,
               Severity severity = Severity::alarm) {
        EventRow row;
        row.device = device;
        row.stream = {Lane::events, Epoch{epoch}};
        row.seq = StreamSeq{seq};
        row.t = t;
        row.received = now;
        row.dictionary = dictionary;
        row.kind = kind;
        row.severity = severity;
        row.name = "lid_open";
        TelemetryBatch batch;
        batch.received = now;
        batch.events = {row};
        store(batch);
    }
    void gap(std::uint64_t epoch, std::uint64_t frames, GapCause cause, WallTime received) {
        GapRow row;
        row.device = device;
        row.stream = {Lane::telemetry, Epoch{epoch}};
        row.from = StreamSeq{1};
        row.to = StreamSeq{frames};
        row.cause = cause;
        row.received = received;
        TelemetryBatch batch;
        batch.received = now;
        batch.gaps = {row};
        store(batch);
    }
    void heard(WallTime when) {
        database.run("UPDATE watchglass.latest_values SET heard = '" + to_rfc3339(when) + "'");
    }

    DeviceHealth health() {
        auto connection = database.connect("wg_console");
        auto unit = begin_read(connection, {TenantNumber{1}});
        REQUIRE(unit);
        const auto found = health_of(*unit, device_id(first_device));
        INFO((found ? "" : found.error().cause));
        REQUIRE(found);
        REQUIRE(*found);
        return **found;
    }
    std::vector<ActiveAlarm> alarms() {
        auto connection = database.connect("wg_console");
        auto unit = begin_read(connection, {TenantNumber{1}});
        REQUIRE(unit);
        const auto found = active_alarms_of(*unit, device_id(first_device));
        REQUIRE(found);
        return *found;
    }
};

}  // namespace

TEST_CASE("an alarm stands from when it was raised until it is cleared") {
    Instrument pump;
    CHECK(pump.alarms().empty());
    pump.event(EventKind::raised, 5, 1, pump.ago(9 * minute), Severity::warning);
    pump.event(EventKind::changed, 5, 2, pump.ago(8 * minute), Severity::alarm);
    REQUIRE(pump.alarms().size() == 1);
    CHECK(pump.alarms()[0].raised == pump.ago(9 * minute));
    CHECK(pump.alarms()[0].severity == "alarm");
    CHECK(pump.health().worst_severity == "alarm");

    SECTION("cleared") {
        pump.event(EventKind::cleared, 5, 3, pump.ago(minute));
        CHECK(pump.alarms().empty());
        CHECK(pump.health().active_alarms == 0);
        CHECK(!pump.health().worst_severity);
        pump.event(EventKind::raised, 5, 4, pump.ago(second));
        CHECK(pump.alarms().at(0).raised == pump.ago(second));
    }
    SECTION("raised again by an instrument that started anew, it stands since the first time") {
        pump.event(EventKind::raised, 6, 1, pump.ago(minute), Severity::warning);
        CHECK(pump.alarms().at(0).raised == pump.ago(9 * minute));
        CHECK(pump.alarms().at(0).severity == "warning");
    }
    SECTION("what comes late from an outage moves nothing back") {
        pump.event(EventKind::cleared, 4, 1, pump.ago(20 * minute));
        CHECK(pump.alarms().size() == 1);
    }
    SECTION("within a stream the later place counts, also where the clock was set back between") {
        pump.event(EventKind::cleared, 5, 3, pump.ago(30 * minute));
        CHECK(pump.alarms().empty());
    }
    SECTION("a change of state is no alarm") {
        pump.event(EventKind::state, 5, 3, pump.ago(minute));
        CHECK(pump.alarms().size() == 1);
    }
    SECTION("it outlives its events") {
        pump.database.run("DELETE FROM watchglass.frame_events");
        CHECK(pump.alarms().size() == 1);
    }
}

TEST_CASE("staleness follows the heartbeat") {
    Instrument pump;
    CHECK(pump.health().staleness == "never");
    CHECK(!pump.health().heard);
    pump.frame(7, 1, pump.now);
    const std::pair<Microseconds, const char*> ages[] = {{0 * minute, "live"},
                                                         {2 * minute, "live"},
                                                         {4 * minute, "late"},
                                                         {14 * minute, "late"},
                                                         {16 * minute, "silent"}};
    for (const auto& [age, staleness] : ages) {
        pump.heard(pump.ago(age));
        CHECK(pump.health().staleness == staleness);
    }
}

TEST_CASE("an instrument that is heard of may have silent parameters") {
    Instrument pump;
    pump.frame(7, 1, pump.ago(2 * day));
    CHECK(pump.health().parameters == 1);
    CHECK(pump.health().parameters_silent == 1);
    CHECK(pump.health().staleness == "live");
    CHECK(pump.health().newest_reading == pump.ago(2 * day));
    pump.frame(7, 2, pump.now);
    CHECK(pump.health().parameters_silent == 0);
}

TEST_CASE("what was lost is counted, and what was only moved is not") {
    Instrument pump;
    pump.gap(1, 10, GapCause::journal_full, pump.ago(3 * day));
    pump.gap(2, 5, GapCause::journal_damaged, pump.ago(minute));
    pump.gap(3, 100, GapCause::transferred, pump.ago(minute));
    CHECK(pump.health().frames_lost == 15);
    CHECK(pump.health().frames_lost_last_day == 5);
}

TEST_CASE("an entry of quarantine counts until it was stored after all") {
    Instrument pump;
    TelemetryBatch batch;
    batch.received = pump.now;
    for (const auto received : {pump.ago(2 * day), pump.ago(minute)}) {
        QuarantineRow row;
        row.device = pump.device;
        row.topic = to_rfc3339(received);
        row.received = received;
        row.code = "frame.unknown_dictionary";
        batch.quarantined.push_back(row);
    }
    pump.store(batch);
    CHECK(pump.health().quarantined == 2);
    CHECK(pump.health().quarantined_last_day == 1);
    pump.database.run("UPDATE watchglass.quarantine SET state = 3");
    CHECK(pump.health().quarantined == 0);
}

TEST_CASE("an instrument that sends what waited beside what is new is catching up") {
    Instrument pump;
    pump.frame(7, 1, pump.ago(minute));
    CHECK(!pump.health().catching_up);
    pump.frame(8, 1, pump.now);
    CHECK(pump.health().catching_up);
    pump.database.run("UPDATE watchglass.streams SET last_at = now() - interval '3 minutes' WHERE epoch = 7");
    CHECK(!pump.health().catching_up);
}

TEST_CASE("the clock's error is that of the newest boot") {
    Instrument pump;
    CHECK(!pump.health().clock);
    auto connection = pump.database.connect("wg_ingest");
    auto unit = UnitOfWork::begin(connection);
    REQUIRE(unit);
    const ClockAnchor anchors[] = {
        {pump.device, BootId{1}, second, pump.ago(3 * day + minute), ClockQuality::synchronized,
         pump.ago(3 * day)},
        {pump.device, BootId{2}, second, pump.now + 90 * second, ClockQuality::set, pump.now}};
    REQUIRE(save_clock_anchors(*unit, anchors));
    REQUIRE(unit->commit().committed == Committed::yes);
    const auto health = pump.health();
    REQUIRE(health.clock);
    CHECK(health.clock->quality == ClockQuality::set);
    CHECK(health.clock->error_seconds == 90.0);
    CHECK(health.clock->checked == pump.now);
}

TEST_CASE("the health of a page of instruments is found by indexes, whatever else is stored") {
    Instrument pump;
    pump.frame(7, 1, pump.now);
    auto reader = pump.database.connect("wg_console");
    REQUIRE(reader.run_script("SET enable_seqscan = off"));
    const auto plan =
        reader.run("EXPLAIN SELECT * FROM watchglass.device_health ORDER BY device_id LIMIT 100");
    REQUIRE(plan);
    std::string text;
    for (const Row row : *plan) text += row.text(0) + "\n";
    INFO(text);
    for (const char* index : {"devices_device_id_key", "latest_values_pkey", "streams_newest",
                              "alarms_active", "stream_gaps_device", "quarantine_device"})
        CHECK(text.find(index) != std::string::npos);
    CHECK(text.find("Sort Key: d.device_id") == std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "storage/read/devices.h"
#include "storage/read/quarantine.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

/// Two tenants with one instrument each, and something in every table a reader may ask.
struct TwoTenants {
    TwoTenants() {
        database.add_tenant(2, "other");
        const DeviceKey devices[] = {database.add_device(device_id(first_device), 1),
                                     database.add_device(device_id(second_device), 2)};
        ConnectionPool pool{pool_of(database, "wg_ingest")};
        TelemetryWriter writer{pool};
        for (const DeviceKey& device : devices) {
            OneFrame frame{device, database.dictionary("pump-test-bench")};
            auto batch = frame.batch();
            EventRow event;
            event.device = device;
            event.stream = {Lane::events, Epoch{5}};
            event.seq = StreamSeq{1};
            event.t = noon;
            event.received = noon;
            event.dictionary = frame.dictionary;
            event.name = "lid_open";
            event.text = "The lid is open.";
            batch.events = {event};
            GapRow gap;
            gap.device = device;
            gap.stream = {Lane::events, Epoch{6}};
            gap.from = StreamSeq{1};
            gap.to = StreamSeq{2};
            gap.received = noon;
            batch.gaps = {gap};
            QuarantineRow quarantined;
            quarantined.device = device;
            quarantined.received = noon;
            quarantined.code = "frame.unknown_parameter";
            batch.quarantined = {quarantined};
            const auto outcome = writer.commit(batch);
            INFO((outcome.failure ? outcome.failure->cause : ""));
            REQUIRE(outcome.committed == Committed::yes);
            auto ingest = database.connect("wg_ingest");
            write_latest(ingest, batch);
        }
        database.run(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader_of_one') THEN"
            " CREATE ROLE reader_of_one LOGIN IN ROLE wg_reader; CREATE ROLE reader_of_none LOGIN IN ROLE "
            "wg_reader;"
            " END IF; END $$;"
            "INSERT INTO watchglass.tenant_readers (role, tenant) VALUES ('reader_of_one', 1)");
    }
    TestDatabase database;
};

const std::vector<std::string> everything = {
    "watchglass.tenants",       "watchglass.sites",         "watchglass.devices",
    "watchglass.streams",       "watchglass.frames",        "watchglass.events",
    "watchglass.gaps",          "watchglass.latest",        "watchglass.latest_values",
    "watchglass.quarantine",    "watchglass.quarantined",   "watchglass.stream_positions",
    "watchglass.frame_events",  "watchglass.stream_gaps",   "watchglass.alarms",
    "watchglass.active_alarms", "watchglass.device_health", "watchglass.parameters",
    "watchglass.hot_samples",   "watchglass.samples"};

std::int64_t count(Connection& connection, const std::string& what) {
    const auto rows = connection.run("SELECT count(*) FROM " + what);
    INFO(what << ": " << (rows ? "" : rows.error().cause));
    REQUIRE(rows);
    return (*rows)[0].int64(0);
}

std::string telemetry_of(std::string_view device) {
    return "watchglass.telemetry('" + std::string(device) +
           "', (SELECT p.name FROM watchglass.dictionary_parameters p"
           " JOIN watchglass.dictionaries d USING (dictionary) WHERE d.name = 'pump-test-bench' AND number = "
           "1),"
           " '2026-01-01', '2026-01-04')";
}

}  // namespace

TEST_CASE("a reader of one tenant sees nothing of another, through any table, view or function") {
    TwoTenants world;
    auto reader = world.database.connect("reader_of_one");
    for (const auto& what : everything) {
        INFO(what);
        CHECK(count(reader, what) == 1);
        CHECK(count(reader, what + " WHERE tenant <> 1") == 0);
    }
    CHECK(count(reader, telemetry_of(first_device)) == 1);
    CHECK(count(reader, telemetry_of(second_device)) == 0);

    SECTION("nor by setting the tenant it may not read") {
        REQUIRE(reader.run_script("SET watchglass.tenant = '2'"));
        for (const auto& what : everything) {
            INFO(what);
            CHECK(count(reader, what) == 0);
        }
    }
    SECTION("nor by asking a partition, or the commits, or the list of readers") {
        for (const char* what : {"watchglass.frames_c1", "watchglass.frames_c1_20260102",
                                 "watchglass.commits", "watchglass.tenant_readers"}) {
            INFO(what);
            CHECK(!reader.run(std::string("SELECT count(*) FROM ") + what).has_value());
        }
    }
    SECTION("nor may it write") {
        CHECK(!reader.run("UPDATE watchglass.devices SET model = 'x'").has_value());
        CHECK(!reader.run("DELETE FROM watchglass.quarantine").has_value());
    }
    SECTION("nor after a roll-back has emptied the setting") {
        REQUIRE(reader.run_script("BEGIN; SET LOCAL watchglass.tenant = '1'; ROLLBACK"));
        CHECK(count(reader, "watchglass.devices WHERE tenant <> 1") == 0);
    }
}

TEST_CASE("a reader without a tenant sees nothing") {
    TwoTenants world;
    auto reader = world.database.connect("reader_of_none");
    for (const char* setting : {"", "1", "2", "x"}) {
        REQUIRE(reader.run_script(std::string("SET watchglass.tenant = '") + setting + "'"));
        for (const auto& what : everything) {
            INFO(what << " as " << setting);
            CHECK(count(reader, what) == 0);
        }
    }
}

TEST_CASE("the read API's scope holds one tenant, or all") {
    TwoTenants world;
    auto console = world.database.connect("wg_console");
    const auto devices = [&](ReadScope scope) {
        auto unit = begin_read(console, scope);
        REQUIRE(unit);
        const auto page = list_devices(*unit, {});
        REQUIRE(page);
        return page->items.size();
    };
    CHECK(devices({TenantNumber{1}}) == 1);
    CHECK(devices({TenantNumber{3}}) == 0);
    CHECK(devices({}) == 2);

    auto unit = begin_read(console, {TenantNumber{2}});
    CHECK(!show_device(*unit, device_id(first_device))->has_value());
    CHECK(show_device(*unit, device_id(second_device))->has_value());
    CHECK(list_quarantined(*unit, std::nullopt, {})->items.size() == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "storage/history/closer.h"
#include "storage/telemetry/frame_store.h"
#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

/// One instrument whose pressure changed a few times on 2026-01-02, between 03:00 and 06:00.
struct Pressures {
    Pressures() {
        device = database.add_device(device_id(first_device));
        dictionary = database.dictionary("pump-test-bench");
        at("03:10", 1);
        at("03:40", 3);
        at("05:30", 7);
    }

    void at(const std::string& time, double value) {
        auto connection = database.connect("wg_ingest");
        const auto t = parse_rfc3339("2026-01-02T" + time + ":00Z").value();
        const std::int16_t parameter[] = {4};
        const std::int32_t offset[] = {0};
        const double number[] = {value};
        FrameRow row;
        row.device = device;
        row.stream = {Lane::telemetry, Epoch{7}};
        row.seq = StreamSeq{++seq};
        row.t = row.received = t;
        row.device_us = t.us;
        row.dictionary = dictionary;
        row.parameters = parameter;
        row.offsets_us = offset;
        row.numbers = number;
        FrameStore store;
        REQUIRE(store.prepare(connection, {&row, 1}, t));
        auto unit = UnitOfWork::begin(connection);
        REQUIRE(store.append(*unit, {&row, 1}));
        REQUIRE(unit->commit().committed == Committed::yes);
    }

    /// Each bucket as "time min max average time_weighted last count", "-" for NULL.
    std::string buckets(const std::string& from, const std::string& to, const std::string& width) const {
        return database.value(
            "SELECT string_agg(concat_ws(' ', to_char(bucket, 'HH24:MI'), coalesce(min::text, '-'), "
            "coalesce(max::text, '-'),"
            " coalesce(round(average::numeric, 2)::text, '-'), coalesce(round(time_weighted::numeric, "
            "2)::text, '-'),"
            " coalesce(last::text, '-'), count), ', ' ORDER BY bucket) FROM watchglass.telemetry_buckets('" +
            std::string(first_device) + "', 'pressure', '2026-01-02T" + from + "Z', '2026-01-02T" + to +
            "Z', '" + width + "')");
    }

    void close() {
        auto connection = database.connect("wg_ingest");
        history::Closer closer{{.settle = 1h}};
        while (closer.step(connection, noon + 24h).value()) {
        }
        REQUIRE(database.number("SELECT count(*) FROM watchglass.frames") == 0);
    }

    TestDatabase database;
    DeviceKey device;
    DictionaryNumber dictionary;
    std::uint64_t seq = 0;
};

}  // namespace

TEST_CASE("a bucket's time-weighted average holds each value until the next one, across empty buckets") {
    Pressures p;
    const auto holds = [&] {
        // 03: nothing is known before 03:10, then 1 for 30 and 3 for 20 minutes. 05: 3 for 30 minutes, 7 for 30.
        CHECK(p.buckets("03:00", "06:00", "1 hour") ==
              "03:00 1 3 2.00 1.80 3 2, 04:00 - - - 3.00 - 0, 05:00 7 7 7.00 5.00 7 1");
        // What was before the range is known, and the last bucket ends with the range.
        CHECK(p.buckets("04:00", "05:45", "1 hour") == "04:00 - - - 3.00 - 0, 05:00 7 7 7.00 4.33 7 1");
        // Buckets lie on whole hours, the range does not.
        CHECK(p.buckets("03:30", "04:30", "1 hour") == "03:00 3 3 3.00 2.33 3 1, 04:00 - - - 3.00 - 0");
        CHECK(p.buckets("00:00", "03:00", "1 hour") ==
              "00:00 - - - - - 0, 01:00 - - - - - 0, 02:00 - - - - - 0");
        CHECK(p.buckets("03:00", "06:00", "1 day") == "00:00 1 7 3.67 3.35 7 3");
        CHECK(p.buckets("06:00", "06:00", "1 hour") == "NULL");
    };
    SECTION("hot") { holds(); }
    SECTION("closed") {
        p.close();
        holds();
    }
    SECTION("closed, with a late reading among closed ones") {
        p.close();
        p.at("03:20", 5);
        // 1 for 10 minutes, 5 for 20, 3 for 20.
        CHECK(p.buckets("03:00", "04:00", "1 hour") == "03:00 1 5 3.00 3.40 3 3");
    }
}

TEST_CASE("days are days of UTC, whatever zone the session is in") {
    Pressures p;
    p.database.run("ALTER DATABASE " + p.database.name() + " SET timezone = 'America/New_York'");
    auto connection = Connection::open(p.database.dsn() + " options='-c timezone=America/New_York'", "test");
    REQUIRE(connection);
    // New York sets its clocks on 2026-03-08.
    const auto rows = connection->run(
        "SELECT bucket FROM watchglass.telemetry_buckets($1, 'pressure', '2026-03-06Z', '2026-03-11Z', '1 "
        "day') ORDER BY 1",
        {first_device});
    REQUIRE(rows);
    REQUIRE(rows->size() == 5);
    for (const Row row : *rows) CHECK(row.time(0).us % history::day_us == 0);
}

// SPDX-License-Identifier: Apache-2.0
#include "storage/read/telemetry.h"

#include <limits>
#include <random>

#include <catch2/catch.hpp>

#include "test/integration/storage/one_frame.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::test;

namespace {

struct Fixture {
    TestDatabase database;
    DeviceKey device = database.add_device(device_id(first_device));
    DictionaryNumber dictionary = database.dictionary("pump-test-bench");
    std::string parameter = database.value(
        "SELECT name FROM watchglass.dictionary_parameters WHERE number = 1 AND dictionary = " +
        std::to_string(dictionary.value()));
    ConnectionPool pool{pool_of(database, "wg_ingest")};
    TelemetryWriter writer{pool};

    void store(OneFrame frame) {
        const auto outcome = writer.commit(frame.batch());
        INFO((outcome.failure ? outcome.failure->cause : ""));
        REQUIRE(outcome.committed == Committed::yes);
    }
    SamplePage read(WallTime since, WallTime until, Page page = {}) {
        auto connection = database.connect("wg_console");
        auto unit = begin_read(connection, {TenantNumber{1}});
        REQUIRE(unit);
        const auto found =
            read_telemetry(*unit, {device_id(first_device), parameter, since, until, "", page});
        INFO((found ? "" : found.error().cause));
        REQUIRE(found);
        return *found;
    }
};

constexpr Microseconds minute{60'000'000};

}  // namespace

TEST_CASE("what was copied in comes back bit for bit, with its own time and the device's") {
    Fixture f;
    std::mt19937_64 random{20261120};
    std::vector<double> sent;
    for (std::uint64_t seq = 1; seq <= 50; ++seq) {
        double value = 0;
        do {
            const std::uint64_t bits = random();
            std::memcpy(&value, &bits, 8);
        } while (!std::isfinite(value));
        sent.push_back(value);
        f.store(
            {f.device, f.dictionary, 7, seq, noon + Microseconds{static_cast<std::int64_t>(seq)}, {value}});
    }
    const auto page = f.read(noon, noon + minute);
    REQUIRE(page.items.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) {
        CHECK(*page.items[i].value == sent[i]);
        CHECK(page.items[i].t.us == noon.us + static_cast<std::int64_t>(i) + 1);
        CHECK(page.items[i].device_t->us == page.items[i].t.us - 3600'000'000);
        CHECK(page.items[i].clock_quality == ClockQuality::set);
    }
}

TEST_CASE("texts come back as texts, without a value") {
    Fixture f;
    f.store({f.device,
             f.dictionary,
             7,
             1,
             noon,
             {std::numeric_limits<double>::quiet_NaN(), 2.0},
             {"Rührwerk", {}}});
    const auto page = f.read(noon, noon + minute);
    REQUIRE(page.items.size() == 1);
    CHECK(!page.items[0].value);
    CHECK(page.items[0].text == "Rührwerk");
}

TEST_CASE("the beginning of a range is in it and its end is not, also in the middle of a frame") {
    Fixture f;
    OneFrame frame{f.device, f.dictionary, 7, 1};
    auto batch = frame.batch();
    const std::int16_t parameters[] = {1, 1, 1};
    const std::int32_t offsets[] = {0, 600'000'000, 900'000'000};
    const double numbers[] = {1, 2, 3};
    batch.frames[0].parameters = parameters;
    batch.frames[0].offsets_us = offsets;
    batch.frames[0].numbers = numbers;
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);

    CHECK(f.read(noon, noon + 15 * minute).items.size() == 2);
    CHECK(f.read(noon, noon + 15 * minute + Microseconds{1}).items.size() == 3);
    CHECK(f.read(noon + 15 * minute, noon + 16 * minute).items.size() == 1);
    CHECK(f.read(noon + Microseconds{1}, noon + 10 * minute).items.empty());
}

TEST_CASE("a range over several days is one answer") {
    Fixture f;
    constexpr Microseconds day{86'400'000'000};
    for (std::uint64_t seq = 1; seq <= 4; ++seq)
        f.store({f.device, f.dictionary, 7, seq, noon + static_cast<int>(seq) * day});
    CHECK(f.read(noon, noon + 10 * day).items.size() == 4);
    CHECK(f.database.number("SELECT count(DISTINCT tableoid) FROM watchglass.frames") == 4);
}

TEST_CASE("pages of any size show each sample once, also where many have the same time") {
    Fixture f;
    for (std::uint64_t seq = 1; seq <= 12; ++seq)
        f.store({f.device,
                 f.dictionary,
                 7 + seq,
                 1,
                 noon + Microseconds{static_cast<std::int64_t>(seq / 6)},
                 {static_cast<double>(seq)}});
    for (const int limit : {1, 2, 5, 11, 12, 100}) {
        std::vector<double> seen;
        Page page{"", limit};
        for (int turn = 0; turn < 20; ++turn) {
            const auto part = f.read(noon, noon + minute, page);
            for (const Sample& sample : part.items) seen.push_back(*sample.value);
            if (!part.next) break;
            page.after = *part.next;
        }
        std::sort(seen.begin(), seen.end());
        INFO(limit);
        CHECK(seen == std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    }
}

TEST_CASE("a device clock at the end of its range is kept and answered as no time") {
    Fixture f;
    OneFrame frame{f.device, f.dictionary, 7, 1};
    auto batch = frame.batch();
    batch.frames[0].device_us = std::numeric_limits<std::int64_t>::max() - 10'000;
    REQUIRE(f.writer.commit(batch).committed == Committed::yes);
    CHECK(!f.read(noon, noon + minute).items.at(0).device_t);
}

TEST_CASE("the range is found by the index, not by reading a day") {
    Fixture f;
    for (std::uint64_t seq = 1; seq <= 3; ++seq) f.store({f.device, f.dictionary, 7, seq});
    f.database.run("SET enable_seqscan = off");
    auto connection = f.database.connect();
    (void)connection.run_script("SET enable_seqscan = off");
    const auto plan = connection.run(
        "EXPLAIN SELECT * FROM watchglass.telemetry('aaaaaaaaaaaaaaaaaaaaaaaaaa', 'pressure',"
        " '2026-01-02T03:00:00Z', '2026-01-02T04:00:00Z')");
    REQUIRE(plan);
    std::string text;
    for (const Row row : *plan) text += row.text(0) + "\n";
    INFO(text);
    CHECK(text.find("frames_c1_20260102_key") != std::string::npos);
}

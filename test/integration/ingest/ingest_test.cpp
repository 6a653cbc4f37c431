// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "ingest/adapters/dictionary_cache.h"
#include "schemas/dictionaries/dictionary_text.h"
#include "storage/telemetry/dictionary_store.h"
#include "storage/telemetry/quarantine_store.h"
#include "test/integration/ingest/service_story.h"

using namespace watchglass;
using namespace watchglass::ingest;
using story::Platform;
using story::RunningIngest;

namespace {

constexpr WallTime in_2020{1'581'168'647'000'000};
constexpr std::chrono::milliseconds resend_pause{50};  // of an instrument that is not answered
constexpr std::int64_t second_us = 1'000'000;

/// A dictionary that is not built in.
constexpr const char* scale_source =
    "name: \"lab-scale\"\nversion: 1\ndescription: \"A scale.\"\n"
    "parameter { number: 1 name: \"mass\" description: \"Mass on the pan.\" unit: \"g\" "
    "type: number resolution: \"0.001\" data_class: machine }\n";

WallTime at_second(int n) { return in_2020 + Microseconds{n * second_us}; }

/// In a transaction of its own.
template <class Write>
void in_unit(const test::TestDatabase& database, Write write) {
    auto connection = database.connect();
    auto unit = storage::UnitOfWork::begin(connection);
    REQUIRE(unit);
    write(*unit);
    REQUIRE(unit->commit().committed == storage::Committed::yes);
}

}  // namespace

TEST_CASE("readings of 2020 are stored once, exact, with their own times", "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    const std::vector<double> values{90.6454, 90.7978, 90.773, -0.0001};
    for (std::size_t i = 0; i < values.size(); ++i) {
        platform.broker.deliver(platform.bench.temperature(values[i], at_second(static_cast<int>(i))));
    }
    for (const Arrival& again : platform.bench.journal()) platform.broker.deliver(again);
    REQUIRE(platform.stored_through(4));
    CHECK(platform.broker.resyncs() == 32);

    const std::string all =
        "SELECT string_agg(to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || '=' || value, "
        "' ' ORDER BY t) FROM watchglass.telemetry('" +
        platform.bench.id().text() + "', 'temperature', '2020-01-01', '2021-01-01')";
    CHECK(platform.database.value(all) ==
          "2020-02-08 13:30:47=90.6454 2020-02-08 13:30:48=90.7978 2020-02-08 13:30:49=90.773 "
          "2020-02-08 13:30:50=-0.0001");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.frames") == 4);
    CHECK(platform.database.number("SELECT stored_through FROM watchglass.streams") == 4);
    CHECK(ingest.service.ready());
}

TEST_CASE("every connection killed again and again: nothing lost, nothing doubled", "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    constexpr int frames = 200;
    for (int n = 0; n < frames; ++n) {
        platform.broker.deliver(platform.bench.temperature(20 + n / 100.0, at_second(n)));
        if (n % 20 == 19) {
            platform.database.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = 'wg_ingest'");
        }
    }
    // What was in a service that lost its locks is gone from memory; the instrument sends it again.
    REQUIRE(test::eventually(
        [&] {
            const std::uint64_t stored = platform.broker.said(platform.bench.id()).stored_through.value();
            if (stored == frames) return true;
            for (std::size_t i = stored; i < platform.bench.journal().size(); ++i) {
                platform.broker.deliver(platform.bench.journal()[i]);
            }
            return false;
        },
        resend_pause));
    CHECK(platform.samples() == frames);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.quarantine") == 0);
}

TEST_CASE("nothing more of a device is stored once the registry has revoked it", "[integration][ingest]") {
    Platform platform;
    const auto state = GENERATE(as<std::string>{}, "revoked", "suspended", "retired");
    CAPTURE(state);
    story::Bench witness{DeviceId::parse("pumpbbbbbbbbbbbbbbbbbbbbbb").value()};
    platform.database.add_device(witness.id());
    RunningIngest ingest{platform.dsn(), platform.broker};
    platform.broker.deliver(platform.bench.temperature(20, at_second(0)));
    REQUIRE(platform.stored_through(1));

    platform.database.run("UPDATE watchglass.devices SET state = '" + state + "' WHERE device_id = '" +
                          platform.bench.id().text() + "'");
    auto& refused = ingest.registry.counter("watchglass_ingest_dropped_total", "",
                                            {{"reason", "ingest.device_not_active"}});
    int n = 1;
    REQUIRE(test::eventually(
        [&] {
            platform.broker.deliver(platform.bench.temperature(20 + n, at_second(n)));
            ++n;
            return refused.value() > 0;
        },
        resend_pause));
    const auto before = platform.samples();
    platform.broker.deliver(platform.bench.temperature(-1, at_second(n)));
    // Who comes behind it in the same queue is stored: then the refused one has been looked at.
    platform.broker.deliver(witness.temperature(7, at_second(0)));
    REQUIRE(
        test::eventually([&] { return platform.broker.said(witness.id()).stored_through == StreamSeq{1}; }));
    CHECK(platform.samples() == before);
}

TEST_CASE("a quarantined frame is stored at its place once its dictionary is installed",
          "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    const auto scale = parse_dictionary_text(scale_source);
    REQUIRE(scale);
    platform.broker.deliver(platform.bench.temperature(20, at_second(0)));
    platform.broker.deliver(platform.bench.of_dictionary(*scale, 12.345, at_second(1)));
    platform.broker.deliver(platform.bench.temperature(21, at_second(2)));
    REQUIRE(platform.stored_through(3));
    CHECK(platform.database.value("SELECT code FROM watchglass.quarantine") == "frame.unknown_dictionary");
    CHECK(platform.samples() == 2);

    in_unit(platform.database, [&](storage::UnitOfWork& unit) {
        REQUIRE(
            storage::install_dictionary(unit, std::nullopt, *scale, dictionary_digest(*scale), scale_source));
    });
    for (int twice = 0; twice < 2; ++twice) {
        in_unit(platform.database, [&](storage::UnitOfWork& unit) {
            const auto id = platform.database.number("SELECT id FROM watchglass.quarantine");
            CHECK(storage::request_replay(unit, id, std::nullopt).has_value() == (twice == 0));
        });
        REQUIRE(test::eventually([&] {
            return platform.database.value("SELECT state FROM watchglass.quarantined") == "replayed";
        }));
    }
    CHECK(platform.database.value("SELECT value FROM watchglass.telemetry('" + platform.bench.id().text() +
                                  "', 'mass', '2020-01-01', '2021-01-01')") == "12.345");
    CHECK(platform.database.value(
              "SELECT seq FROM watchglass.frames f JOIN watchglass.dictionaries d USING (dictionary) "
              "WHERE d.name = 'lab-scale'") == "2");
    CHECK(platform.database.number("SELECT stored_through FROM watchglass.streams") == 3);
}

TEST_CASE("every frame that was produced is a row, or in quarantine, or declared missing",
          "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    const auto scale = parse_dictionary_text(scale_source);
    REQUIRE(scale);
    story::Bench& bench = platform.bench;
    for (int n = 0; n < 5; ++n) bench.temperature(20 + n, at_second(n));
    bench.of_dictionary(*scale, 12.345, at_second(5));
    bench.append({0xff, 0xff, 0xff});
    bench.gap(7);
    for (int n = 14; n < 17; ++n) bench.temperature(20 + n, at_second(n));
    bench.gap(1);
    bench.temperature(40, at_second(18));
    for (int twice = 0; twice < 2; ++twice)
        for (const Arrival& arrival : bench.journal()) platform.broker.deliver(arrival);
    REQUIRE(bench.produced() == 19);
    REQUIRE(platform.stored_through(bench.produced()));

    // Each position counted in the tables themselves, and how the view sums them up.
    const std::string counted =
        "SELECT concat_ws(' ', (SELECT count(*) FROM watchglass.frames), (SELECT count(*) FROM "
        "watchglass.quarantine WHERE state <> 3), (SELECT sum(to_seq - from_seq + 1) FROM "
        "watchglass.stream_gaps))";
    const std::string told =
        "SELECT concat_ws(' ', stored, quarantined, missing) FROM watchglass.stream_positions";
    const std::string once =
        "SELECT bool_and(times = 1) AND count(*) = 19 FROM (SELECT seq, count(*) AS times FROM ("
        " SELECT seq FROM watchglass.frames UNION ALL"
        " SELECT seq FROM watchglass.quarantine WHERE state <> 3 UNION ALL"
        " SELECT generate_series(from_seq, to_seq) FROM watchglass.stream_gaps) a GROUP BY seq) b";
    CHECK(platform.database.value(counted) == "9 2 8");
    CHECK(platform.database.value(told) == "9 2 8");
    CHECK(platform.database.value(once) == "true");

    in_unit(platform.database, [&](storage::UnitOfWork& unit) {
        REQUIRE(
            storage::install_dictionary(unit, std::nullopt, *scale, dictionary_digest(*scale), scale_source));
        const auto id = platform.database.number(
            "SELECT id FROM watchglass.quarantine WHERE code = 'frame.unknown_dictionary'");
        REQUIRE(storage::request_replay(unit, id, std::nullopt));
    });
    REQUIRE(test::eventually([&] { return platform.database.value(counted) == "10 1 8"; }));
    CHECK(platform.database.value(told) == "10 1 8");
    CHECK(platform.database.value(once) == "true");
}

TEST_CASE("a tenant's own dictionary comes before one of the same name for everyone",
          "[integration][ingest]") {
    const test::TestDatabase database;
    database.add_tenant(2, "other");
    const auto publish = [&](std::optional<TenantNumber> tenant, const std::string& unit) {
        const std::string source =
            "name: \"lab-scale\"\nversion: 1\ndescription: \"A scale.\"\n"
            "parameter { number: 1 name: \"mass\" description: \"Mass.\" unit: \"" +
            unit + "\" type: number resolution: \"0.001\" data_class: machine }\n";
        const auto scale = parse_dictionary_text(source);
        REQUIRE(scale);
        storage::DictionaryInstallation installed;
        in_unit(database, [&](storage::UnitOfWork& transaction) {
            const auto done =
                storage::install_dictionary(transaction, tenant, *scale, dictionary_digest(*scale), source);
            REQUIRE(done);
            installed = *done;
        });
        return installed;
    };
    const bool own_first = GENERATE(false, true);
    if (own_first) publish(TenantNumber{1}, "kg");
    const auto for_everyone = publish(std::nullopt, "g");
    const auto own = publish(TenantNumber{1}, "kg");
    CHECK(own.was_there == own_first);
    CHECK(own.number != for_everyone.number);

    storage::ConnectionPool pool{{.dsn = database.dsn("wg_ingest"), .program = "ingest-test"}};
    const SystemClock clock;
    DictionaryCache shelf{pool, clock};
    CHECK(shelf.find(TenantNumber{1}, "lab-scale", 1).value()->number == own.number);
    CHECK(shelf.find(TenantNumber{2}, "lab-scale", 1).value()->number == for_everyone.number);
}

TEST_CASE("a parameter that the dictionary does not have is never stored as a value",
          "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    Dictionary wider = story::Bench::pump();
    wider.parameters[0].number = ParameterNumber{1};
    ParameterDefinition secret;
    secret.number = ParameterNumber{999};
    secret.name = "secret";
    wider.parameters.push_back(secret);
    Body body;
    body.dictionary = wider.name;
    body.dictionary_version = 1;
    body.clock_quality = ClockQuality::synchronized;
    body.wall = SystemClock{}.wall();
    body.changes = {{ParameterNumber{999}, body.wall, 1.0}};
    platform.broker.deliver(platform.bench.append(codec::encode_body(body, wider).value()));
    REQUIRE(platform.stored_through(1));
    CHECK(platform.database.value("SELECT code FROM watchglass.quarantine") == "frame.unknown_parameter");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.frames") == 0);
}

TEST_CASE("a device enrolled while ingest runs is served without a restart", "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    story::Bench late{DeviceId::parse("lateaaaaaaaaaaaaaaaaaaaaaa").value()};
    platform.broker.deliver(late.temperature(20, at_second(0)));
    REQUIRE(test::eventually(
        [&] { return platform.database.number("SELECT count(*) FROM watchglass.quarantine") == 1; }));
    platform.database.add_device(late.id());
    REQUIRE(test::eventually(
        [&] {
            if (platform.broker.said(late.id()).stored_through == StreamSeq{1}) return true;
            platform.broker.deliver(late.journal()[0]);
            return false;
        },
        resend_pause));
}

TEST_CASE("frames that may be repeats are rows like others, and are listed", "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    platform.broker.deliver(platform.bench.temperature(1, at_second(1)));
    for (int n = 2; n <= 4; ++n) platform.broker.deliver(platform.bench.repeat(n, at_second(n)));
    platform.broker.deliver(platform.bench.temperature(5, at_second(5)));
    REQUIRE(platform.stored_through(5));
    CHECK(platform.samples() == 5);
    CHECK(platform.database.value("SELECT min(from_seq) || '-' || max(to_seq) || ' ' || sum(frames) FROM "
                                  "watchglass.possible_repeats") == "2-4 3");
}

TEST_CASE("a gap that calls itself a possible repeat holds up nobody", "[integration][ingest]") {
    Platform platform;
    RunningIngest ingest{platform.dsn(), platform.broker};
    platform.broker.deliver(platform.bench.flagged_gap(1, 1, {}));
    REQUIRE(platform.stored_through(1));
    platform.broker.deliver(platform.bench.flagged_gap(1, 2, {}));
    CHECK(platform.stored_through(2));
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.possible_repeats") == 0);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.quarantine") == 0);
}

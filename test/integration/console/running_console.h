// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libs/foundation/process.h"
#include "libs/http/client.h"
#include "libs/security/digest.h"
#include "storage/registry/operator_store.h"
#include "storage/telemetry/telemetry_writer.h"
#include "test/support/postgres.h"
#include "test/support/temporary_directory.h"
#include "test/support/wait.h"

namespace watchglass::console::story {

/// What the front door would pass on. Only its fingerprint counts, so any bytes do.
inline const std::string operator_certificate = "the operator's certificate";

inline std::string client_certificate_header(const std::string& certificate) {
    return to_base64(as_bytes(certificate));
}

/// The real watchglass-consoled on a database of its own, reached over its Unix socket.
class RunningConsole {
public:
    RunningConsole() {
        add_operator(operator_certificate, std::nullopt);
        const char* build = std::getenv("WATCHGLASS_BUILD_DIR");
        REQUIRE(build != nullptr);
        auto spawned =
            ChildProcess::spawn({.argv = {std::string(build) + "/bin/watchglass-consoled"},
                                 .environment = {{"WATCHGLASS_BUILD_DIR", ""},
                                                 {"WATCHGLASS_SOURCE_DIR", ""},
                                                 {"WATCHGLASS_POSTGRES_DSN", database.dsn("wg_console")},
                                                 {"WATCHGLASS_HTTP_SOCKET", socket()}}});
        REQUIRE(spawned);
        process.emplace(std::move(*spawned));
        REQUIRE(test::eventually([&] {
            REQUIRE(process->running());
            http::Client client{std::filesystem::path(socket())};
            const auto ready = client.send({.method = "GET", .target = "/readyz", .headers = {}, .body = {}});
            return ready && ready->status == 200;
        }));
    }

    [[nodiscard]] std::string socket() const { return (directory.path() / "console.sock").string(); }

    void add_operator(const std::string& certificate, std::optional<TenantNumber> tenant) {
        auto connection = database.connect();
        auto unit = storage::UnitOfWork::begin(connection);
        REQUIRE(unit);
        REQUIRE(storage::put_operator(*unit, {.fingerprint = security::sha256(as_bytes(certificate)),
                                              .name = "somebody",
                                              .role = "reader",
                                              .tenant = tenant}));
        REQUIRE(unit->commit().committed == storage::Committed::yes);
    }

    http::ClientResponse get(const std::string& target, const std::string& certificate = operator_certificate,
                             std::vector<std::pair<std::string, std::string>> headers = {}) {
        http::Client client{std::filesystem::path(socket())};
        if (!certificate.empty()) {
            headers.emplace_back("x-client-cert", client_certificate_header(certificate));
            headers.emplace_back("x-client-verify", "0");
        }
        const auto response =
            client.send({.method = "GET", .target = target, .headers = std::move(headers), .body = {}});
        REQUIRE(response);
        return *response;
    }
    json::Value get_json(const std::string& target) {
        const auto response = get(target);
        INFO(response.body);
        REQUIRE(response.status == 200);
        return json::parse(response.body).value();
    }

    test::TestDatabase database;
    test::TemporaryDirectory directory;
    std::optional<ChildProcess> process;
};

/// What ingest would have stored.
class StoredReadings {
public:
    explicit StoredReadings(const test::TestDatabase& database)
        : database_(database),
          pool_({.dsn = database.dsn("wg_ingest"), .program = "console-test"}),
          writer_(pool_) {}

    /// The next frame of the device's stream: one change of the pump's temperature.
    void temperature(const storage::DeviceKey& device, double value, WallTime t) {
        const std::vector<std::int16_t> parameters{5};
        const std::vector<std::int32_t> offsets{0};
        const std::vector<double> numbers{value};
        write(device, t, [&](storage::FrameRow& row) {
            row.parameters = parameters;
            row.offsets_us = offsets;
            row.numbers = numbers;
        });
    }
    /// "Read again, unchanged."
    void confirmed(const storage::DeviceKey& device, WallTime t) {
        const std::vector<std::int16_t> parameters{5};
        const std::vector<std::int32_t> offsets{0};
        write(device, t, [&](storage::FrameRow& row) {
            row.confirmed = parameters;
            row.confirmed_offsets_us = offsets;
        });
    }
    void quarantined(const storage::DeviceKey& device, const std::string& code, const Bytes& bytes) {
        storage::TelemetryBatch batch;
        batch.received = SystemClock{}.wall();
        storage::QuarantineRow row;
        row.device = device;
        row.topic = "wg/v1/p/pump/up/telemetry";
        row.received = batch.received;
        row.code = code;
        row.detail = "lab-scale version 1.";
        row.bytes = bytes;
        batch.quarantined.push_back(row);
        REQUIRE(writer_.commit(batch).committed == storage::Committed::yes);
    }

    /// The next frame of the device's alarm lane: one event.
    void event(const storage::DeviceKey& device, EventKind kind, Severity severity, const std::string& name,
               WallTime t) {
        storage::TelemetryBatch batch;
        batch.received = SystemClock{}.wall();
        storage::EventRow row;
        row.device = device;
        row.stream = {Lane::events, Epoch{5}};
        row.seq = StreamSeq{++event_seq_[device]};
        row.t = t;
        row.received = batch.received;
        row.device_us = t.us;
        row.dictionary = database_.dictionary("pump-test-bench");
        row.kind = kind;
        row.severity = severity;
        row.name = name;
        row.parameter = std::int16_t{5};
        row.value = 96.5;
        row.text = "temperature is 96.5";
        batch.events.push_back(row);
        commit(batch);
    }
    /// Frames that the device declared lost, in a stream of their own.
    void gap(const storage::DeviceKey& device, std::uint64_t frames, GapCause cause, WallTime received) {
        storage::TelemetryBatch batch;
        batch.received = received;
        storage::GapRow row;
        row.device = device;
        row.stream = {Lane::telemetry, Epoch{++gap_epoch_}};
        row.from = StreamSeq{1};
        row.to = StreamSeq{frames};
        row.cause = cause;
        row.received = received;
        batch.gaps.push_back(row);
        commit(batch);
    }
    void possible_repeat(const storage::DeviceKey& device, std::uint64_t frames, WallTime received) {
        storage::TelemetryBatch batch;
        batch.received = received;
        storage::RepeatRow row;
        row.device = device;
        row.stream = {Lane::telemetry, Epoch{7}};
        row.from = StreamSeq{1};
        row.to = StreamSeq{frames};
        row.received = received;
        batch.repeats.push_back(row);
        commit(batch);
    }

private:
    void commit(storage::TelemetryBatch& batch) {
        const auto outcome = writer_.commit(batch);
        INFO((outcome.failure ? outcome.failure->message() + outcome.failure->cause : ""));
        REQUIRE(outcome.committed == storage::Committed::yes);
        storage::LatestNewsByKey news;
        storage::add_to_news(news, batch.frames);
        auto connection = pool_.acquire();
        auto unit = storage::UnitOfWork::begin(**connection);
        REQUIRE(latest_.apply(*unit, news));
        REQUIRE(unit->commit().committed == storage::Committed::yes);
    }
    template <class Fill>
    void write(const storage::DeviceKey& device, WallTime t, Fill fill) {
        storage::TelemetryBatch batch;
        batch.received = SystemClock{}.wall();
        storage::FrameRow row;
        row.device = device;
        row.stream = {Lane::telemetry, Epoch{7}};
        row.seq = StreamSeq{++seq_[device]};
        row.t = t;
        row.received = batch.received;
        row.device_us = t.us;
        row.clock_quality = ClockQuality::synchronized;
        row.dictionary = database_.dictionary("pump-test-bench");
        fill(row);
        batch.frames.push_back(row);
        storage::StreamRun run;
        run.stream = {device, row.stream};
        run.from = run.through = row.seq;
        run.chains = {Chain{}};
        run.t_first = run.t_last = t;
        batch.runs.push_back(run);
        commit(batch);
    }

    const test::TestDatabase& database_;
    storage::ConnectionPool pool_;
    storage::TelemetryWriter writer_;
    storage::LatestStore latest_;
    std::map<storage::DeviceKey, std::uint64_t> seq_, event_seq_;
    std::uint64_t gap_epoch_ = 100;
};

inline DeviceId device(const std::string& prefix) {
    return DeviceId::parse(prefix + std::string(26 - prefix.size(), 'a')).value();
}

}  // namespace watchglass::console::story

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "ingest/pipeline/pipeline.h"
#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"
#include "test/support/manual_clock.h"
#include "test/support/seeded_rng.h"

/// Registry, dictionaries, database and devices as plain values, for stories about the whole pipeline.
namespace watchglass::ingest::model {

inline Dictionary bench_dictionary() {
    Dictionary dictionary;
    dictionary.name = "bench";
    dictionary.description = "A bench.";
    ParameterDefinition temperature;
    temperature.number = ParameterNumber{1};
    temperature.name = "temperature";
    temperature.unit = "Cel";
    temperature.resolution = Resolution{1, 2};
    dictionary.parameters.push_back(temperature);
    return dictionary;
}

struct Shelf final : DictionaryShelf {
    ShelvedDictionary bench{storage::DictionaryNumber{1}, bench_dictionary()};
    bool installed = true;
    Result<const ShelvedDictionary*> find(TenantNumber, std::string_view name,
                                          std::uint32_t version) override {
        return installed && name == "bench" && version == 1 ? &bench : nullptr;
    }
};

struct Devices final : DeviceRegistry {
    std::map<DeviceId, Registration> known;
    bool away = false;
    Result<std::vector<std::optional<Registration>>> look_up(std::span<const DeviceId> devices) override {
        if (away) return failed(Failure{codes::unavailable, Next::retry_later, {}, {}});
        std::vector<std::optional<Registration>> answers;
        for (const DeviceId& device : devices) {
            const auto found = known.find(device);
            answers.push_back(found == known.end() ? std::nullopt : std::optional(found->second));
        }
        return answers;
    }
};

/// A database: applies whole commits or nothing, and can lie about it once.
struct Database {
    struct Row {
        StreamKey stream;
        StreamSeq seq{};
        std::vector<double> numbers;
        WallTime t;
    };
    std::map<StreamKey, StreamPosition> streams;
    std::map<std::pair<StreamKey, StreamSeq>, Chain> chains;
    std::vector<Row> rows;
    std::vector<std::string> quarantine;
    std::size_t gaps = 0;
    std::uint64_t history = 42;
    bool grants_histories = true;  ///< false: one has begun a moment ago
};

struct ModelVault final : Vault {
    Database& db;
    std::deque<Outcome> faults;       ///< of the next commits; stored: no fault
    bool unknown_was_stored = false;  ///< what really happened at an unknown one
    std::size_t settled = 0;
    std::uint64_t lost = 0;  ///< sessions

    explicit ModelVault(Database& database) : db(database) {}

    [[nodiscard]] std::uint64_t sessions_lost() const override { return lost; }
    Result<std::vector<StreamPosition>> positions(std::span<const StreamKey> streams) override {
        std::vector<StreamPosition> found;
        for (const StreamKey& key : streams) found.push_back(db.streams[key]);
        return found;
    }
    Result<std::vector<StreamPosition>> settled_positions(std::span<const StreamKey> streams) override {
        ++settled;
        return positions(streams);
    }
    Result<std::optional<Chain>> kept_chain(const StreamKey& stream, StreamSeq seq) override {
        const auto found = db.chains.find({stream, seq});
        return found == db.chains.end() ? std::nullopt : std::optional(found->second);
    }
    Result<void> heard(std::span<const Greeting>) override { return {}; }
    Result<std::uint64_t> begin_new_history(std::uint64_t believed, const DeviceId&) override {
        if (db.history == believed && db.grants_histories) ++db.history;
        return db.history;
    }

    CommitAnswer commit(std::span<const Step> steps, std::span<const Unreadable> unreadable) override {
        const Failure failure{codes::unavailable, Next::retry_later, {}, {}};
        const Outcome fault = faults.empty() ? Outcome::stored : faults.front();
        if (!faults.empty()) faults.pop_front();
        if (fault == Outcome::unknown && !unknown_was_stored) return {fault, failure};
        if (fault != Outcome::stored && fault != Outcome::unknown) return {fault, failure};
        for (const StreamMove& move : moves_of(steps)) {
            if (db.streams[move.key] != move.from) return {Outcome::conflict, failure};
        }
        for (const Step& step : steps) apply(step);
        for (const Unreadable& message : unreadable) db.quarantine.emplace_back(message.reason.name);
        return {fault, failure};
    }

private:
    void apply(const Step& step) {
        const Frame& frame = *step.frame;
        db.streams[frame.key()] = step.after;
        db.chains[{frame.key(), frame.through}] = frame.chain;
        if (const auto* body = std::get_if<ReadableBody>(&frame.content)) {
            db.rows.push_back({frame.key(), frame.seq, body->numbers, body->t});
        } else if (const auto* refused = std::get_if<RefusedBody>(&frame.content)) {
            db.quarantine.emplace_back(refused->reason.name);
        } else {
            ++db.gaps;
        }
    }
};

struct Ears final : Voice {
    std::vector<std::pair<DeviceId, Stored>> heard;
    bool say(const DeviceId& device, const Stored& stored) override {
        heard.emplace_back(device, stored);
        return true;
    }
    [[nodiscard]] StoredStream last() const { return heard.back().second.streams.at(0); }
};

/// An instrument that makes frames the way the SDK does.
class Instrument {
public:
    explicit Instrument(DeviceId id, Lane lane = Lane::telemetry)
        : id_(std::move(id)), stream_{lane, Epoch{9}} {}

    [[nodiscard]] const DeviceId& id() const { return id_; }

    Arrival frame(double value, WallTime now, const char* dictionary = "bench") {
        Body body;
        body.dictionary = dictionary;
        body.dictionary_version = 1;
        body.wall = now;
        body.clock_quality = ClockQuality::synchronized;
        body.changes = {{ParameterNumber{1}, now, value}};
        Dictionary with = bench_dictionary();
        with.name = dictionary;
        return envelope(codec::encode_body(body, with).value(), now);
    }
    Arrival envelope(Bytes body, WallTime now) {
        const Envelope e{.format = 1,
                         .stream = stream_,
                         .seq = StreamSeq{++seq_},
                         .prev_chain = chain_,
                         .content = std::move(body)};
        chain_ = codec::chain_after(e);
        const auto channel =
            stream_.lane == Lane::events ? topics::Channel::up_events : topics::Channel::up_telemetry;
        return {topics::of(id_, channel), codec::encode_envelope(e).value(), now};
    }
    /// A Hello that names streams nobody ever heard of.
    [[nodiscard]] Arrival hello_of_epochs(std::uint64_t first, std::uint64_t count, WallTime now) const {
        Hello h;
        h.wall = now;
        for (std::uint64_t epoch = first; epoch < first + count; ++epoch)
            h.streams.push_back(
                {{Lane::telemetry, Epoch{epoch}}, StreamSeq{1}, StreamSeq{1}, StreamSeq{1}, Chain{}});
        return {topics::of(id_, topics::Channel::up_hello), codec::encode_hello(h).value(), now};
    }
    [[nodiscard]] Arrival hello(WallTime now) const {
        return hello({stream_, StreamSeq{1}, StreamSeq{1}, StreamSeq{seq_ + 1}, chain_}, 0, now);
    }
    /// With words of the test's own about the stream.
    [[nodiscard]] Arrival hello(HelloStream told, std::uint64_t history, WallTime now) const {
        Hello h;
        h.wall = now;
        h.history = history;
        h.streams = {std::move(told)};
        return {topics::of(id_, topics::Channel::up_hello), codec::encode_hello(h).value(), now};
    }
    [[nodiscard]] const StreamId& stream() const { return stream_; }
    [[nodiscard]] Place here() const { return {StreamSeq{seq_}, chain_}; }

private:
    DeviceId id_;
    StreamId stream_;
    std::uint64_t seq_ = 0;
    Chain chain_{};
};

/// One ingest process over a database that it may share.
struct Process {
    test::ManualClock& clock;
    Devices& devices;
    Shelf& shelf;
    ModelVault vault;
    Ears ears;
    metrics::Registry registry;
    Meters meters{registry};
    test::SeededRng rng{1};
    Intake intake{100};
    std::size_t pauses = 0;
    std::function<bool()> on_pause = [] { return true; };
    Pipeline pipeline{
        {.batch = {.messages = 50}, .history = 42},
        {intake, devices, shelf, vault, ears, clock, rng, meters, [this](std::chrono::milliseconds) {
             ++pauses;
             return on_pause();
         }}};

    Process(test::ManualClock& c, Devices& d, Shelf& s, Database& db)
        : clock(c), devices(d), shelf(s), vault(db) {}

    void take(Arrival arrival) { REQUIRE(intake.try_push(arrival)); }
    bool turn() { return pipeline.turn(Microseconds{0}); }
};

/// A platform with one enrolled instrument.
struct Platform {
    test::ManualClock clock;
    Devices devices;
    Shelf shelf;
    Database db;
    Instrument instrument{DeviceId::parse("abcdefghijklmnopqrstuvwxyz").value()};
    Process ingest{clock, devices, shelf, db};

    Platform() { enroll(instrument.id(), 1); }
    void enroll(const DeviceId& id, std::int32_t number) {
        devices.known[id] = {.owner = {TenantNumber{1}, DeviceNumber{number}},
                             .keeping = {.retention = storage::RetentionClass{1},
                                         .keep = Microseconds{3650LL * 86'400'000'000}},
                             .may_report = true};
    }
    Arrival frame(double value) { return instrument.frame(value, clock.wall()); }
};

}  // namespace watchglass::ingest::model

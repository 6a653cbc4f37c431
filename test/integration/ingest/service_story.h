// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "ingest/service.h"
#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"
#include "test/support/postgres.h"
#include "test/support/wait.h"

/// The ingest service over a real PostgreSQL, with the broker's side played by the test.
namespace watchglass::ingest::story {

/// A broker session that is always up: the test delivers messages and reads what was published.
class PlayedBroker {
public:
    OpenSession opener() {
        return [this](Urgency, std::vector<std::string> subscriptions, mqtt::Events events) {
            return std::make_unique<PlayedSession>(*this, std::move(subscriptions), std::move(events));
        };
    }

    /// Does it tell its sessions that they are connected?
    std::atomic<bool> reachable{true};

    /// Waits until somebody is subscribed, as a broker would hand it over.
    void deliver(const Arrival& arrival) {
        const auto parsed = topics::parse(arrival.topic);
        REQUIRE(test::eventually([&] { return subscribed() && (!parsed || serves(parsed->device)); }));
        const std::lock_guard lock(delivery_);
        if (on_message_) on_message_({.topic = arrival.topic, .payload = arrival.payload, .qos = 1});
    }
    bool subscribed() {
        const std::lock_guard lock(delivery_);
        return static_cast<bool>(on_message_);
    }
    /// Is somebody subscribed to what this device sends?
    bool serves(const DeviceId& device) {
        const auto wanted = topics::every_device(device.text()[0], topics::Channel::up_telemetry);
        const std::lock_guard lock(delivery_);
        return std::any_of(subscriptions_.begin(), subscriptions_.end(), [&](const auto& of_session) {
            const auto& filters = of_session.second;
            return std::find(filters.begin(), filters.end(), wanted) != filters.end();
        });
    }
    /// How many shards' telemetry somebody is subscribed to.
    std::size_t shards_served() {
        return static_cast<std::size_t>(std::count_if(all_shards.begin(), all_shards.end(), [&](char shard) {
            return serves(DeviceId::parse(std::string(1, shard) + std::string(25, 'a')).value());
        }));
    }
    std::size_t resyncs() {
        const std::lock_guard lock(mutex_);
        return resyncs_;
    }
    /// The last statement about the device's first stream; {} before any.
    StoredStream said(const DeviceId& device) {
        const std::lock_guard lock(mutex_);
        const auto found = said_.find(device);
        return found == said_.end() ? StoredStream{} : found->second;
    }

private:
    class PlayedSession final : public mqtt::Session {
    public:
        PlayedSession(PlayedBroker& broker, std::vector<std::string> subscriptions, mqtt::Events events)
            : broker_(broker), events_(std::move(events)) {
            subscribe_to(std::move(subscriptions));
        }
        ~PlayedSession() override { stop(std::chrono::milliseconds{0}); }
        Result<void> start() override {
            {
                const std::lock_guard lock(broker_.delivery_);
                broker_.on_message_ = events_.on_message;
            }
            events_.on_connected();
            return {};
        }
        void stop(std::chrono::milliseconds) override {
            const std::lock_guard lock(broker_.delivery_);
            broker_.on_message_ = nullptr;
            broker_.subscriptions_.erase(this);
        }
        Result<void> publish(const mqtt::Message& message, std::uint64_t) override {
            broker_.heard(message);
            return {};
        }
        [[nodiscard]] bool connected() const override { return broker_.reachable; }
        void subscribe_to(std::vector<std::string> subscriptions) override {
            const std::lock_guard lock(broker_.delivery_);
            broker_.subscriptions_[this] = std::move(subscriptions);
        }
        [[nodiscard]] bool subscribed() const override { return true; }
        void renew() override {}
        [[nodiscard]] std::uint64_t dropped() const override { return 0; }

    private:
        PlayedBroker& broker_;
        mqtt::Events events_;
    };

    void heard(const mqtt::Message& message) {
        const std::lock_guard lock(mutex_);
        const auto parsed = topics::parse(message.topic);
        if (!parsed) {
            ++resyncs_;
            return;
        }
        const auto stored = codec::decode_stored(message.payload);
        if (stored && !stored->streams.empty()) said_.insert_or_assign(parsed->device, stored->streams[0]);
    }

    std::mutex delivery_;  ///< held while a message is handed over: after stop() none is
    std::function<void(mqtt::Message&&)> on_message_;
    std::map<const PlayedSession*, std::vector<std::string>> subscriptions_;
    std::mutex mutex_;
    std::map<DeviceId, StoredStream> said_;
    std::size_t resyncs_ = 0;
};

/// An instrument of the pump test bench; keeps its frames until they are stored, as a journal does.
class Bench {
public:
    explicit Bench(DeviceId id) : id_(std::move(id)) {}

    [[nodiscard]] const DeviceId& id() const { return id_; }
    [[nodiscard]] const std::vector<Arrival>& journal() const { return journal_; }

    Arrival temperature(double value, WallTime at) {
        Body body = empty_body();
        body.changes = {{ParameterNumber{5}, at, value}};
        return frame(body, "pump-test-bench");
    }
    Arrival of_dictionary(const Dictionary& dictionary, double value, WallTime at) {
        Body body = empty_body();
        body.dictionary = dictionary.name;
        body.changes = {{ParameterNumber{1}, at, value}};
        return append(codec::encode_body(body, dictionary).value());
    }
    Arrival append(Bytes body) { return append(std::move(body), 1); }
    /// Declares the next `positions` lost.
    Arrival gap(std::uint64_t positions) {
        return append(Gap{.to = StreamSeq{produced_ + positions},
                          .cause = GapCause::journal_full,
                          .chain_at_to = Chain{0x9a, 0x70},
                          .changes_lost = 0},
                      positions);
    }
    /// Flagged as one that may be stored already.
    Arrival repeat(double value, WallTime at) {
        Body body = empty_body();
        body.changes = {{ParameterNumber{5}, at, value}};
        return append(codec::encode_body(body, pump()).value(), 1, true);
    }
    /// A gap from a place of the test's own, flagged as no honest device would.
    [[nodiscard]] Arrival flagged_gap(std::uint64_t from, std::uint64_t to, Chain before) const {
        const Envelope e{.format = 1,
                         .stream = stream(),
                         .seq = StreamSeq{from},
                         .prev_chain = before,
                         .content = Gap{.to = StreamSeq{to},
                                        .cause = GapCause::journal_full,
                                        .chain_at_to = Chain{0x9a},
                                        .changes_lost = 0},
                         .possible_repeat = true};
        return {topics::of(id_, topics::Channel::up_telemetry), codec::encode_envelope(e).value(), {}};
    }
    /// Positions of the stream that were used up: frames made, and frames declared lost.
    [[nodiscard]] std::uint64_t produced() const { return produced_; }
    [[nodiscard]] static StreamId stream() { return {Lane::telemetry, Epoch{0xfeedfacecafebeef}}; }

    static Dictionary pump() {
        Dictionary d;
        d.name = "pump-test-bench";
        ParameterDefinition temperature;
        temperature.number = ParameterNumber{5};
        temperature.name = "temperature";
        temperature.resolution = Resolution{1, 4};
        d.parameters = {temperature};
        return d;
    }

private:
    Arrival append(decltype(Envelope::content) content, std::uint64_t positions,
                   bool possible_repeat = false) {
        const Envelope e{.format = 1,
                         .stream = stream(),
                         .seq = StreamSeq{produced_ + 1},
                         .prev_chain = chain_,
                         .content = std::move(content),
                         .possible_repeat = possible_repeat};
        produced_ += positions;
        chain_ = codec::chain_after(e);
        journal_.push_back(
            {topics::of(id_, topics::Channel::up_telemetry), codec::encode_envelope(e).value(), {}});
        return journal_.back();
    }
    static Body empty_body() {
        Body body;
        body.dictionary = "pump-test-bench";
        body.dictionary_version = 1;
        body.wall = SystemClock{}.wall();
        body.clock_quality = ClockQuality::synchronized;
        return body;
    }
    Arrival frame(const Body& body, const std::string&) {
        return append(codec::encode_body(body, pump()).value());
    }

    DeviceId id_;
    Chain chain_{};
    std::uint64_t produced_ = 0;
    std::vector<Arrival> journal_;
};

/// One ingestd: everything that main builds, but Paho.
struct RunningIngest {
    SystemClock clock;
    SystemRng rng;
    metrics::Registry registry;
    Meters meters{registry};
    storage::ConnectionPool pool;
    IngestService service;

    RunningIngest(const std::string& dsn, PlayedBroker& broker)
        : pool({.dsn = dsn, .program = "ingest-test"}),
          service({.pool = pool,
                   .clock = clock,
                   .rng = rng,
                   .meters = meters,
                   .open_session = broker.opener(),
                   .pause = {}}) {
        service.start();
    }
};

/// A database with one enrolled pump, and an ingestd on it.
struct Platform {
    test::TestDatabase database;
    Bench bench{DeviceId::parse("pumpaaaaaaaaaaaaaaaaaaaaaa").value()};
    storage::DeviceKey key = database.add_device(bench.id());
    PlayedBroker broker;

    [[nodiscard]] std::string dsn() const { return database.dsn("wg_ingest"); }
    [[nodiscard]] std::int64_t samples() const {
        return database.number("SELECT count(*) FROM watchglass.telemetry('" + bench.id().text() +
                               "', 'temperature', '2000-01-01', '2100-01-01')");
    }
    bool stored_through(std::uint64_t seq) {
        return test::eventually([&] { return broker.said(bench.id()).stored_through == StreamSeq{seq}; });
    }
};

}  // namespace watchglass::ingest::story

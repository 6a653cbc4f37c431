// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "ingest/adapters/broker_voice.h"
#include "ingest/adapters/dictionary_cache.h"
#include "ingest/adapters/postgres_vault.h"
#include "ingest/adapters/registry_cache.h"
#include "ingest/adapters/replay.h"
#include "ingest/pipeline/pipeline.h"
#include "ingest/read_ahead.h"
#include "libs/mqtt/session.h"
#include "storage/postgres/listener.h"

namespace watchglass::ingest {

/// Opens the link to the broker: main gives Paho, a test gives a fake.
/// `urgency`: which of its two links; each needs a client id of its own.
using OpenSession = std::function<std::unique_ptr<mqtt::Session>(
    Urgency urgency, std::vector<std::string> subscriptions, mqtt::Events events)>;

/// What every generation of a service is made of; all outlive it.
struct ServiceParts {
    storage::ConnectionPool& pool;
    const Clock& clock;
    Rng& rng;
    Meters& meters;
    OpenSession open_session;
    Pause pause;
    std::size_t queue_messages = 4'000;
    std::size_t batch_frames = 500;
};

/// Serves a fixed set of shards, from the moment their locks are held: reads what is known about them, subscribes,
/// then asks their devices for what is not stored. When the set changes, this ends and another one begins.
///
/// One thread calls open() and turn(); a second one takes and decodes ahead of it; the sessions' threads only fill the
/// intake.
class ShardService {
public:
    ShardService(ServiceParts parts, std::string shards);
    ~ShardService();

    /// Reads registry, stream positions and clocks of the shards, then subscribes. After a Failure: destroy it.
    Result<void> open();

    /// Hears what changed, replays what was asked for, and moves one batch through the pipeline. False when the
    /// program ends.
    bool turn();

    [[nodiscard]] const std::string& shards() const { return shards_; }
    [[nodiscard]] bool connected() const {
        return session_ && alarms_ && session_->connected() && alarms_->connected();
    }

private:
    Result<void> listen();
    Result<void> assemble(storage::Connection& connection);
    Result<void> preload(storage::Connection& connection);
    mqtt::Events session_events(Urgency urgency);
    void count_waiting();
    void hear();
    void read_history();
    void follow_history(std::uint64_t history);
    void call_for_resync();
    void serve_replays();
    void refresh_caches();

    ServiceParts parts_;
    std::string shards_;
    Intake intake_;
    RegistryCache devices_;         ///< the reader's
    DictionaryCache dictionaries_;  ///< the reader's
    LatestWriter latest_;
    PostgresVault vault_;
    Replay replay_;
    std::unique_ptr<storage::Listener> listener_;
    std::unique_ptr<mqtt::Session> alarms_;  ///< the events lane, so that it waits in no queue with telemetry
    std::unique_ptr<mqtt::Session> session_;  ///< telemetry and Hellos; Stored goes out here
    std::unique_ptr<BrokerVoice> voice_;
    std::unique_ptr<Pipeline> pipeline_;
    std::unique_ptr<ReadAhead> ahead_;
    Batch batch_;
    std::atomic<bool> newly_connected_{false};
    std::string resync_due_;
    bool replay_due_ = true;
    std::uint64_t inbox_dropped_ = 0;  ///< as counted so far
    SteadyTime listened_at_;

    /// What the reader's caches have to forget, as heard by the other thread.
    struct Stale {
        bool all_devices = false;
        bool dictionaries = false;
        std::vector<DeviceId> devices;
    };
    std::mutex stale_mutex_;
    Stale stale_;
};

}  // namespace watchglass::ingest

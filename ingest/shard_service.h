// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ingest/adapters/broker_voice.h"
#include "ingest/adapters/dictionary_cache.h"
#include "ingest/adapters/postgres_vault.h"
#include "ingest/adapters/registry_cache.h"
#include "ingest/adapters/replay.h"
#include "ingest/adapters/shard_locks.h"
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
    std::string name = "ingest";  ///< shown to operators beside the shards
    std::size_t queue_messages = 10'000;
    BatchLimits batch{};
};

/// Serves shards from the moment their locks are held: reads what is known about them, subscribes, then asks their
/// devices for what is not stored. Shards come and go while the others are served on; a service without any is
/// connected and waits.
///
/// One thread calls everything; a second one takes and decodes ahead of it; the sessions' threads only fill the intake.
class ShardService {
public:
    explicit ShardService(ServiceParts parts);
    ~ShardService();

    /// Begins without any shard, its links on their way. After a Failure: destroy it.
    Result<void> open();
    /// Subscribes and reads registry, stream positions and clocks of these, at least one. After a Failure: destroy it.
    Result<void> add(const std::string& shards);
    /// Serves these no longer: they are unsubscribed, and what had come of them is stored in the turns that follow.
    void give_up(const std::string& shards);
    /// Those given up whose locks are not needed any more, each told once: nothing of them is under way. After a second
    /// they are told all the same: that only one process serves a shard saves work, it is not what keeps rows right.
    std::string left();

    /// Hears what changed, replays what was asked for, and moves one batch through the pipeline. False when the
    /// program ends.
    bool turn();

    /// Whose locks must be held: those served and those given up that have not left; in order.
    [[nodiscard]] std::string needed() const;
    [[nodiscard]] bool giving_up() const { return !leaving_.empty(); }
    [[nodiscard]] ProcessFigures figures() const;
    [[nodiscard]] bool connected() const {
        return session_ && alarms_ && session_->connected() && alarms_->connected();
    }

private:
    Result<void> listen();
    Result<void> connect();
    Result<void> assemble(storage::Connection& connection);
    Result<void> preload(storage::Connection& connection, const std::string& shards);
    mqtt::Events session_events(Urgency urgency);
    void subscribe();
    void count_waiting();
    void hear();
    void read_history();
    void follow_history(std::uint64_t history);
    void welcome_new_shards();
    void call_for_resync();
    void serve_replays();

    ServiceParts parts_;
    std::string shards_;         ///< served, in order
    std::string fresh_;          ///< of those, not known to be subscribed yet
    std::string leaving_;        ///< given up, and their locks still needed
    std::string served_before_;  ///< others may have moved their streams since
    SteadyTime leave_by_;
    std::optional<std::uint64_t> leave_after_;  ///< so many messages are stored
    std::atomic<std::uint64_t> arrived_{0};     ///< messages, those that wait for room in the intake too
    std::uint64_t handled_ = 0;                 ///< messages, to their end
    Intake intake_;
    RegistryCache devices_;
    DictionaryCache dictionaries_;
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
    SteadyTime replay_after_;          ///< the last one failed
    std::uint64_t inbox_dropped_ = 0;  ///< as counted so far
    SteadyTime listened_at_;
};

}  // namespace watchglass::ingest

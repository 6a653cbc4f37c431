// SPDX-License-Identifier: Apache-2.0
#include "ingest/shard_service.h"

#include <chrono>
#include <initializer_list>

#include "libs/foundation/log.h"
#include "schemas/topics/topics.h"
#include "storage/migrations/migrator.h"
#include "storage/telemetry/clock_anchor_store.h"
#include "storage/telemetry/platform_history.h"
#include "storage/telemetry/stream_store.h"

namespace watchglass::ingest {
namespace {

using namespace std::chrono_literals;

// How long a turn waits for the first message before it looks at notifications again.
constexpr Microseconds idle_patience = 20ms;
constexpr Microseconds listener_retry = 1s;

std::vector<std::string> subscriptions_for(const std::string& shards,
                                           std::initializer_list<topics::Channel> channels) {
    std::vector<std::string> filters;
    for (const char shard : shards) {
        for (const auto channel : channels) filters.push_back(topics::every_device(shard, channel));
    }
    return filters;
}

}  // namespace

ShardService::ShardService(ServiceParts parts, std::string shards)
    : parts_(std::move(parts)),
      shards_(std::move(shards)),
      intake_(parts_.queue_messages),
      devices_(parts_.pool, parts_.clock),
      dictionaries_(parts_.pool, parts_.clock),
      latest_(parts_.pool, shards_),
      vault_(parts_.pool, parts_.clock, latest_),
      replay_(parts_.pool, parts_.clock, parts_.meters) {
    parts_.meters.queue_capacity.set(static_cast<double>(parts_.queue_messages));
}

ShardService::~ShardService() {
    intake_.close();  // frees the session's thread, should it wait for room
    if (ahead_) ahead_->stop();
    if (alarms_) alarms_->stop(1s);
    if (session_) session_->stop(1s);
}

Result<void> ShardService::open() {
    if (auto done = listen(); !done) return done;  // before reading, so that no change falls between
    auto connection = parts_.pool.acquire();
    if (!connection) return failed(connection);
    if (auto right = storage::require_database_version(**connection); !right) return right;
    if (auto done = assemble(**connection); !done) return done;
    // The links come up while the tables are read; what arrives meanwhile waits in the intake.
    if (auto started = alarms_->start(); !started) return started;
    if (auto started = session_->start(); !started) return started;
    if (auto done = preload(**connection); !done) return done;
    latest_.start();
    ahead_->start();
    return {};
}

Result<void> ShardService::listen() {
    listened_at_ = parts_.clock.steady();
    auto listener = storage::Listener::open(
        parts_.pool.settings().dsn, "watchglass-ingestd notifications",
        {"watchglass_devices", "watchglass_dictionaries", "watchglass_quarantine", "watchglass_history"});
    if (!listener) return failed(listener);
    listener_ = std::make_unique<storage::Listener>(std::move(*listener));
    return {};
}

Result<void> ShardService::assemble(storage::Connection& connection) {
    const auto history = storage::platform_history(connection);
    if (!history) return failed(history);
    using topics::Channel;
    alarms_ = parts_.open_session(Urgency::alarm, subscriptions_for(shards_, {Channel::up_events}),
                                  session_events(Urgency::alarm));
    // A Hello stays behind the frames that were sent before it: its answer counts them.
    session_ = parts_.open_session(Urgency::bulk,
                                   subscriptions_for(shards_, {Channel::up_telemetry, Channel::up_hello}),
                                   session_events(Urgency::bulk));
    voice_ = std::make_unique<BrokerVoice>(*session_, parts_.meters);
    // While the database is away no turn ends: what piles up meanwhile is what the figures are for.
    const Pause counting_pause = [this](std::chrono::milliseconds wait) {
        count_waiting();
        return parts_.pause(wait);
    };
    pipeline_ = std::make_unique<Pipeline>(
        PipelineSettings{.batch_frames = parts_.batch_frames, .history = *history},
        PipelineParts{intake_, devices_, dictionaries_, vault_, *voice_, parts_.clock, parts_.rng,
                      parts_.meters, counting_pause,
                      [this](std::chrono::milliseconds wait) { return ahead_->pause(wait); }});
    ahead_ = std::make_unique<ReadAhead>(pipeline_->reader(), intake_, parts_.batch_frames,
                                         [this] { refresh_caches(); });
    return {};
}

mqtt::Events ShardService::session_events(Urgency urgency) {
    mqtt::Events events;
    events.on_connected = [this] { newly_connected_ = true; };
    events.on_lost = [](const Failure& why) { log::failure(log::Level::warning, "ingest.broker_lost", why); };
    events.on_message = [this, urgency](mqtt::Message&& message) {
        intake_.push({std::move(message.topic), std::move(message.payload), parts_.clock.wall()}, urgency);
    };
    return events;
}

Result<void> ShardService::preload(storage::Connection& connection) {
    if (auto done = devices_.preload(connection, shards_); !done) return done;
    const auto streams = storage::load_streams(connection, shards_);
    if (!streams) return failed(streams);
    for (const auto& state : *streams) pipeline_->learn(state.stream, {state.stored_through, state.chain});
    const auto anchors = storage::load_clock_anchors(connection, shards_);
    if (!anchors) return failed(anchors);
    for (const auto& anchor : *anchors) {
        pipeline_->learn(anchor.device, anchor.boot,
                         Anchor{.offset = Microseconds{anchor.received.us - anchor.monotonic.count()},
                                .learned = anchor.received});
    }
    return {};
}

bool ShardService::turn() {
    hear();
    call_for_resync();
    serve_replays();
    count_waiting();
    ahead_->take(batch_, idle_patience);
    return pipeline_->store(batch_);
}

void ShardService::count_waiting() {
    parts_.meters.queue_depth.set(static_cast<double>(intake_.size()));
    parts_.meters.queue_bytes.set(static_cast<double>(intake_.bytes()));
    parts_.meters.inbox_bytes.set(static_cast<double>(alarms_->waiting_bytes() + session_->waiting_bytes()));
    const std::uint64_t dropped = alarms_->dropped() + session_->dropped();
    parts_.meters.inbox_dropped.add(dropped - inbox_dropped_);
    inbox_dropped_ = dropped;
}

/// The caches follow the tables. While nothing can be heard, everything remembered may be wrong.
void ShardService::hear() {
    if (!listener_) {
        if (parts_.clock.steady() - listened_at_ < listener_retry || !listen()) return;
        {
            const std::lock_guard lock(stale_mutex_);
            stale_.all_devices = stale_.dictionaries = true;
        }
        replay_due_ = true;
        read_history();
    }
    const auto heard = listener_->wait(0ms);
    if (!heard) {
        listener_.reset();
        return;
    }
    for (const storage::Notification& note : *heard) {
        if (note.channel == "watchglass_quarantine") replay_due_ = true;
        if (note.channel == "watchglass_history") read_history();
        const std::lock_guard lock(stale_mutex_);
        if (note.channel == "watchglass_dictionaries") stale_.dictionaries = true;
        if (note.channel != "watchglass_devices") continue;
        if (const auto device = DeviceId::parse(note.payload)) {
            stale_.devices.push_back(*device);
        } else {
            stale_.all_devices = true;
        }
    }
}

/// On the reader's thread, before it reads.
void ShardService::refresh_caches() {
    Stale stale;
    {
        const std::lock_guard lock(stale_mutex_);
        std::swap(stale, stale_);
    }
    if (stale.dictionaries) dictionaries_.forget();
    if (stale.all_devices) devices_.forget_all();
    for (const DeviceId& device : stale.devices) devices_.forget(device);
}

/// What was said while nobody listened.
void ShardService::read_history() {
    auto connection = parts_.pool.acquire();
    if (!connection) return;
    if (const auto history = storage::platform_history(**connection)) follow_history(*history);
}

/// The database was restored: every device is asked at once, those that have nothing new to say too.
void ShardService::follow_history(std::uint64_t history) {
    if (history == pipeline_->history()) return;
    pipeline_->set_history(history);
    resync_due_ = shards_;
}

void ShardService::call_for_resync() {
    if (newly_connected_.exchange(false)) {
        resync_due_ = shards_;
        log::info("ingest.subscribed", "Taking frames.", {{"shards", shards_}});
    }
    while (!resync_due_.empty() && voice_->call_for_resync(resync_due_.back())) resync_due_.pop_back();
}

void ShardService::serve_replays() {
    if (!replay_due_) return;
    const auto served = replay_.serve(shards_, pipeline_->time());
    if (!served) log::failure(log::Level::warning, "ingest.replay_waits", served.error());
    replay_due_ = !served || *served > 0;  // there may be more
}

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#include "ingest/shard_service.h"

#include <algorithm>
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
constexpr Microseconds replay_retry = 1s;
// A shard that is given up is unlocked by then, whatever the broker and the database are doing.
constexpr Microseconds leave_patience = 1s;

using topics::Channel;

std::vector<std::string> subscriptions_for(const std::string& shards,
                                           std::initializer_list<Channel> channels) {
    std::vector<std::string> filters;
    for (const char shard : shards) {
        for (const auto channel : channels) filters.push_back(topics::every_device(shard, channel));
    }
    return filters;
}

std::vector<std::string> urgent_subscriptions(const std::string& shards) {
    return subscriptions_for(shards, {Channel::up_events});
}

// A Hello stays behind the frames that were sent before it: its answer counts them.
std::vector<std::string> bulk_subscriptions(const std::string& shards) {
    return subscriptions_for(shards, {Channel::up_telemetry, Channel::up_hello});
}

std::string joined(std::string shards, const std::string& more) {
    shards += more;
    std::sort(shards.begin(), shards.end());
    return shards;
}

void remove(std::string& shards, const std::string& gone) {
    std::erase_if(shards, [&](char shard) { return gone.find(shard) != std::string::npos; });
}

}  // namespace

ShardService::ShardService(ServiceParts parts)
    : parts_(std::move(parts)),
      intake_(parts_.queue_messages),
      devices_(parts_.pool, parts_.clock),
      dictionaries_(parts_.pool, parts_.clock),
      latest_(parts_.pool),
      vault_(parts_.pool, parts_.clock, latest_),
      replay_(parts_.pool, devices_, dictionaries_, parts_.clock, parts_.meters) {
    parts_.meters.queue_capacity.set(static_cast<double>(parts_.queue_messages));
}

ShardService::~ShardService() {
    intake_.close();  // frees the session's thread, should it wait for room
    if (ahead_) ahead_->stop();
    if (alarms_) alarms_->stop(1s);
    if (session_) session_->stop(1s);
}

Result<void> ShardService::open() {
    if (auto done = connect(); !done) return done;  // the links come up meanwhile
    if (auto done = listen(); !done) return done;   // before reading, so that no change falls between
    auto connection = parts_.pool.acquire();
    if (!connection) return failed(connection);
    if (auto right = storage::require_database_version(**connection); !right) return right;
    if (auto done = dictionaries_.preload(**connection); !done) return done;
    if (auto done = assemble(**connection); !done) return done;
    latest_.start();
    ahead_->start();
    return {};
}

Result<void> ShardService::add(const std::string& shards) {
    auto connection = parts_.pool.acquire();
    if (!connection) return failed(connection);
    shards_ = joined(shards_, shards);
    fresh_ += shards;
    if (shards.find_first_of(served_before_) != std::string::npos) {
        pipeline_->forget_positions();
        served_before_.clear();
    }
    subscribe();
    replay_due_ = true;
    if (auto done = preload(**connection, shards); !done) return done;
    latest_.serve(shards);
    return {};
}

void ShardService::give_up(const std::string& shards) {
    remove(shards_, shards);
    remove(fresh_, shards);
    remove(resync_due_, shards);
    leaving_ += shards;
    served_before_ += shards;
    leave_by_ = parts_.clock.steady() + leave_patience;
    leave_after_.reset();
    subscribe();
}

std::string ShardService::left() {
    if (leaving_.empty()) return {};
    // What the broker sent before it confirmed is in the intake by now.
    if (!leave_after_ && alarms_->subscribed() && session_->subscribed()) leave_after_ = arrived_;
    const bool done = leave_after_ && handled_ >= *leave_after_;
    if (!done && parts_.clock.steady() < leave_by_) return {};
    latest_.leave(leaving_);
    return std::exchange(leaving_, {});
}

std::string ShardService::needed() const { return joined(shards_, leaving_); }

ProcessFigures ShardService::figures() const {
    double lag = 0;
    for (const auto& oldest : {intake_.oldest(), ahead_->oldest()}) {
        if (oldest) lag = std::max(lag, static_cast<double>((parts_.clock.wall() - *oldest).count()) / 1e6);
    }
    return {.waiting = arrived_ - handled_, .lag_seconds = lag};
}

void ShardService::subscribe() {
    alarms_->subscribe_to(urgent_subscriptions(shards_));
    session_->subscribe_to(bulk_subscriptions(shards_));
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

Result<void> ShardService::connect() {
    alarms_ = parts_.open_session(Urgency::alarm, {}, session_events(Urgency::alarm));
    session_ = parts_.open_session(Urgency::bulk, {}, session_events(Urgency::bulk));
    if (auto started = alarms_->start(); !started) return started;
    return session_->start();
}

Result<void> ShardService::assemble(storage::Connection& connection) {
    const auto history = storage::platform_history(connection);
    if (!history) return failed(history);
    voice_ = std::make_unique<BrokerVoice>(*session_, parts_.meters);
    // While the database is away no turn ends: what piles up meanwhile is what the figures are for.
    const Pause counting_pause = [this](std::chrono::milliseconds wait) {
        count_waiting();
        return parts_.pause(wait);
    };
    pipeline_ = std::make_unique<Pipeline>(
        PipelineSettings{.batch = parts_.batch, .history = *history},
        PipelineParts{intake_, devices_, dictionaries_, vault_, *voice_, parts_.clock, parts_.rng,
                      parts_.meters, counting_pause,
                      [this](std::chrono::milliseconds wait) { return ahead_->pause(wait); }});
    ahead_ = std::make_unique<ReadAhead>(pipeline_->reader(), intake_, parts_.batch);
    return {};
}

mqtt::Events ShardService::session_events(Urgency urgency) {
    mqtt::Events events;
    events.on_connected = [this] { newly_connected_ = true; };
    events.on_lost = [](const Failure& why) { log::failure(log::Level::warning, "ingest.broker_lost", why); };
    events.on_message = [this, urgency](mqtt::Message&& message) {
        ++arrived_;
        intake_.push({std::move(message.topic), std::move(message.payload), parts_.clock.wall()}, urgency);
    };
    return events;
}

Result<void> ShardService::preload(storage::Connection& connection, const std::string& shards) {
    if (auto done = devices_.preload(connection, shards); !done) return done;
    const auto streams = storage::load_streams(connection, shards);
    if (!streams) return failed(streams);
    for (const auto& state : *streams) pipeline_->learn(state.stream, {state.stored_through, state.chain});
    const auto anchors = storage::load_clock_anchors(connection, shards);
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
    welcome_new_shards();
    call_for_resync();
    serve_replays();
    count_waiting();
    ahead_->take(batch_, idle_patience);
    const std::size_t messages = batch_.messages;
    if (!pipeline_->store(batch_)) return false;
    handled_ += messages;
    return true;
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
        devices_.forget_all();
        dictionaries_.forget();
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
        if (note.channel == "watchglass_dictionaries") dictionaries_.forget();
        if (note.channel != "watchglass_devices") continue;
        if (const auto device = DeviceId::parse(note.payload)) {
            devices_.forget(*device);
        } else {
            devices_.forget_all();
        }
    }
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

/// Asks only once it would hear the answers.
void ShardService::welcome_new_shards() {
    if (fresh_.empty() || !alarms_->subscribed() || !session_->subscribed()) return;
    log::info("ingest.shards_taken", "Taking frames of more shards.", {{"shards", fresh_}});
    resync_due_ += std::exchange(fresh_, {});
}

void ShardService::call_for_resync() {
    if (newly_connected_.exchange(false)) {
        resync_due_ = shards_;
        remove(resync_due_, fresh_);
        log::info("ingest.subscribed", "Taking frames.", {{"shards", shards_}});
    }
    while (!resync_due_.empty() && voice_->call_for_resync(resync_due_.back())) resync_due_.pop_back();
}

void ShardService::serve_replays() {
    if (!replay_due_ || parts_.clock.steady() < replay_after_) return;
    const auto served = replay_.serve(shards_, pipeline_->time());
    if (!served) {
        log::failure(log::Level::warning, "ingest.replay_waits", served.error());
        replay_after_ = parts_.clock.steady() + replay_retry;
    }
    replay_due_ = !served || *served > 0;  // there may be more
}

}  // namespace watchglass::ingest

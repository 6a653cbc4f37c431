// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/worker.h"

#include <algorithm>

#include "schemas/codec/body.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::device {
namespace {

using namespace std::chrono_literals;
using topics::Channel;

/// A broker that takes everything while nothing is stored is looked at as a broken link after this long.
constexpr auto link_patience = 180s;
constexpr auto disk_retry = 2s;
constexpr std::size_t roomy_frames = 64;

}  // namespace

Worker::Worker(Parts parts, std::unique_ptr<Disk> disk, std::unique_ptr<Journal> events,
               std::unique_ptr<Journal> telemetry)
    : parts_(std::move(parts)),
      disk_(std::move(disk)),
      events_(std::move(events)),
      telemetry_(std::move(telemetry)),
      recorder_(parts_.options.dictionary, parts_.options.telemetry, parts_.boot, parts_.platform,
                [this] { wake(); }),
      publisher_(PublisherSettings{}, *events_, *telemetry_, parts_.platform.entropy()),
      live_telemetry_(telemetry_->live()) {
    status_.device = parts_.identity.device.text();
    // Nothing is known yet in an epoch that has just begun: its first frame is its snapshot.
    if (telemetry_->streams().back().synced_through == StreamSeq{0}) recorder_.snapshot();
}

Worker::~Worker() { (void)stop(1s); }

Result<void> Worker::start() {
    const DeviceId& device = parts_.identity.device;
    mqtt::SessionSettings settings;
    settings.policy = parts_.directory.policy(parts_.identity.mqtt, parts_.options.proxy);
    settings.client_id = device.text();
    settings.alpn = parts_.identity.mqtt.alpn;
    settings.subscriptions = {topics::of(device, Channel::down_stored), topics::resync(device.shard())};
    settings.will = status_message(false, "link lost");

    mqtt::Events events;
    events.on_connected = [this] { put(Connected{}); };
    events.on_lost = [this](const Failure& failure) { put(Lost{failure.message()}); };
    events.on_message = [this](mqtt::Message&& message) { put(std::move(message)); };
    events.on_published = [this](std::uint64_t, bool received) { put(Published{received}); };
    session_ = parts_.make_session(std::move(settings), std::move(events));
    if (auto started = session_->start(); !started) return started;
    thread_ = std::thread([this] { run(); });
    return {};
}

void Worker::wake() {
    {
        const std::lock_guard lock(mutex_);
        wake_ = true;
    }
    woken_.notify_one();
}

void Worker::put(Input input) {
    {
        const std::lock_guard lock(mutex_);
        inputs_.push_back(std::move(input));
        wake_ = true;
    }
    woken_.notify_one();
}

void Worker::run() {
    while (true) {
        std::uint64_t number = 0;
        bool draining = false;
        {
            std::unique_lock lock(mutex_);
            if (stopping_) return;
            if (!wake_) woken_.wait_for(lock, patience_until_next(), [this] { return wake_ || stopping_; });
            if (stopping_) return;
            wake_ = false;
            number = ++turns_begun_;
            draining = draining_ > 0;
        }
        turn(number, draining);
    }
}

/// One round: hear, record, make durable, send, tell.
void Worker::turn(std::uint64_t number, bool draining) {
    take_inputs();
    take_frames(draining);
    sync_if_due(draining);
    pump();
    if (telemetry_->live() != live_telemetry_) {
        live_telemetry_ = telemetry_->live();
        recorder_.snapshot();
        wake();
    }
    watch_link();
    update_status(number, draining);
}

void Worker::take_inputs() {
    std::vector<Input> inputs;
    {
        const std::lock_guard lock(mutex_);
        inputs.swap(inputs_);
    }
    for (const Input& input : inputs) {
        if (std::holds_alternative<Connected>(input)) {
            connected_ = true;
            heard_ = now();
            last_error_.clear();
            unsent_.reset();
            publisher_.connected(now());
            (void)session_->publish(status_message(true, "connected"), ++ticket_);
            parts_.platform.log(log::Level::info, "device.connected", "The link to the platform is up.");
        } else if (const auto* lost = std::get_if<Lost>(&input)) {
            if (connected_ || last_error_ != lost->why) {
                parts_.platform.log(log::Level::warning, "device.link_lost", lost->why);
            }
            connected_ = false;
            last_error_ = lost->why;
            unsent_.reset();
            publisher_.lost();
        } else if (const auto* message = std::get_if<mqtt::Message>(&input)) {
            take_message(*message);
        } else if (!std::get<Published>(input).received && connected_) {
            parts_.platform.log(log::Level::warning, "device.publish_refused",
                                "The broker did not take a message.");
        }
    }
}

void Worker::take_message(const mqtt::Message& message) {
    const DeviceId& device = parts_.identity.device;
    if (message.topic == topics::resync(device.shard())) {
        publisher_.resync(now());
        return;
    }
    if (message.topic != topics::of(device, Channel::down_stored)) return;
    const auto stored = codec::decode_stored(message.payload);
    if (!stored) {
        parts_.platform.log(log::Level::warning, "device.unreadable_stored", stored.error().message());
        return;
    }
    const std::uint64_t forks = publisher_.counts().forks;
    heard_ = now();
    publisher_.stored(*stored, now());
    last_stored_ = parts_.platform.clock().wall();
    if (publisher_.counts().forks != forks) {
        parts_.platform.log(
            log::Level::error, "device.fork",
            "The platform holds other frames of this journal than we do: a clone or an old image runs.");
    }
}

void Worker::take_frames(bool everything) {
    Recorder::Batch batch = recorder_.take(everything);
    if (batch.lost_events > 0) events_->append_gap(GapCause::journal_full, batch.lost_events);
    if (batch.lost_changes > 0) telemetry_->append_gap(GapCause::journal_full, batch.lost_changes);
    for (const Body& body : batch.frames.events) append(*events_, body);
    for (const Body& body : batch.frames.telemetry) append(*telemetry_, body);
}

void Worker::append(Journal& journal, const Body& body) {
    const auto bytes = codec::encode_body(body, parts_.options.dictionary);
    const auto count =
        static_cast<std::uint32_t>(body.changes.size() + body.confirmations.size() + body.events.size());
    if (bytes && journal.append(*bytes, count)) return;
    // The filter lets nothing through that cannot be said, so this is a mistake of ours; it shall not pass unseen.
    parts_.platform.log(log::Level::error, "device.unsayable_frame",
                        bytes ? "A frame is too large for the journal." : bytes.error().message());
    journal.append_gap(GapCause::journal_damaged, count);
}

void Worker::sync_if_due(bool at_once) {
    if (disk_retry_at_ && now() < *disk_retry_at_) return;
    Result<void> synced;
    if (events_->pending_bytes() > 0) synced = events_->sync();

    if (telemetry_->pending_bytes() == 0) {
        telemetry_waits_since_.reset();
    } else {
        if (!telemetry_waits_since_) telemetry_waits_since_ = now();
        const TelemetryPolicy& policy = parts_.options.telemetry;
        const bool due = at_once || telemetry_->pending_bytes() >= policy.sync_bytes ||
                         now() - *telemetry_waits_since_ >= policy.sync_interval;
        if (due) {
            const auto written = telemetry_->sync();
            if (written) telemetry_waits_since_.reset();
            if (synced) synced = written;
        }
    }
    if (!synced) {
        disk_retry_at_ = now() + disk_retry;
        last_error_ = synced.error().message();
        parts_.platform.log(log::Level::error, "device.journal_not_synced", last_error_);
    } else if (disk_retry_at_) {
        disk_retry_at_.reset();
        last_error_.clear();
    }
}

/// Moves what the publisher hands out until there is no more, or the link takes no more for now.
void Worker::pump() {
    while (connected_) {
        if (!unsent_) {
            const auto out = publisher_.next(now());
            if (!out) return;
            unsent_ = message_for(*out);
            if (!unsent_) continue;
        }
        if (const auto sent = session_->publish(*unsent_, ++ticket_); !sent) {
            // Full: the next PUBACK wakes us. Not connected: on_lost is on its way and rewinds.
            return;
        }
        unsent_.reset();
    }
}

std::optional<mqtt::Message> Worker::message_for(const Outgoing& out) {
    const DeviceId& device = parts_.identity.device;
    Channel channel = Channel::up_hello;
    Result<Bytes> payload;
    if (const auto* envelope = std::get_if<Envelope>(&out)) {
        channel = envelope->stream.lane == Lane::events ? Channel::up_events : Channel::up_telemetry;
        payload = codec::encode_envelope(*envelope);
    } else {
        const Stamp stamp = recorder_.stamp();
        Hello hello;
        hello.streams = publisher_.hello();
        hello.boot = parts_.boot;
        hello.monotonic = stamp.now - SteadyTime{};
        hello.wall = stamp.wall;
        hello.clock_quality = stamp.quality;
        hello.software = parts_.options.software;
        payload = codec::encode_hello(hello);
    }
    if (!payload) {
        parts_.platform.log(log::Level::error, "device.unsayable_message", payload.error().message());
        return std::nullopt;
    }
    return mqtt::Message{topics::of(device, channel), std::move(*payload), 1, false};
}

mqtt::Message Worker::status_message(bool online, std::string_view reason) const {
    Status status;
    status.online = online;
    status.reason = std::string{reason};
    status.software = parts_.options.software;
    status.boot = parts_.boot;
    const auto payload = codec::encode_status(status);
    return {topics::of(parts_.identity.device, Channel::status), payload ? *payload : Bytes{}, 1, true};
}

void Worker::watch_link() {
    if (!connected_ || publisher_.in_flight() == 0 || now() - heard_ < link_patience) return;
    heard_ = now();
    parts_.platform.log(log::Level::warning, "device.link_silent",
                        "Nothing was stored for minutes on a link that looks healthy: connecting anew.");
    session_->renew();
}

void Worker::update_status(std::uint64_t turn, bool took_everything) {
    LinkStatus status;
    status.device = parts_.identity.device.text();
    status.connected = connected_;
    status.last_error = last_error_;
    status.backlog = events_->unstored_places() + telemetry_->unstored_places();
    status.in_flight = publisher_.in_flight();
    const auto oldest_event = events_->oldest_unstored();
    const auto oldest_frame = telemetry_->oldest_unstored();
    status.oldest_unstored = oldest_event && oldest_frame ? std::min(*oldest_event, *oldest_frame)
                             : oldest_event               ? oldest_event
                                                          : oldest_frame;
    status.last_stored = last_stored_;
    status.bytes_on_disk = events_->bytes_on_disk() + telemetry_->bytes_on_disk();
    status.recorded = recorder_.recorded();
    status.dropped = events_->dropped_places() + telemetry_->dropped_places();
    const bool drained = took_everything && publisher_.drained() && !recorder_.due();
    const bool roomy =
        recorder_.waiting() < roomy_frames && telemetry_->may_grow(256u << 10) && !disk_retry_at_;
    {
        const std::lock_guard lock(mutex_);
        status_ = std::move(status);
        if (drained) drained_turn_ = turn;
        roomy_ = roomy;
        turns_done_ = turn;
    }
    settled_.notify_all();
}

std::chrono::microseconds Worker::patience_until_next() const {
    // While the disk refuses, what is due cannot be done before it is tried again, and looking more often is idle work.
    if (disk_retry_at_) return std::clamp(*disk_retry_at_ - now(), Microseconds{1ms}, Microseconds{30s});
    SteadyTime next = now() + Microseconds{30s};
    const auto earlier = [&next](std::optional<SteadyTime> moment) {
        if (moment) next = std::min(next, *moment);
    };
    earlier(recorder_.due());
    // A link that takes no more wakes us when it does; until then nobody asks the publisher.
    if (!unsent_) earlier(publisher_.deadline());
    if (telemetry_waits_since_)
        earlier(*telemetry_waits_since_ + Microseconds{parts_.options.telemetry.sync_interval});
    return std::clamp(next - now(), Microseconds{1ms}, Microseconds{30s});
}

LinkStatus Worker::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

Result<void> Worker::drain(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    ++draining_;
    wake_ = true;
    woken_.notify_one();
    // A turn that begins from here on takes all that was recorded before this call.
    const std::uint64_t begun = turns_begun_;
    const bool drained =
        settled_.wait_for(lock, patience, [&] { return stopping_ || drained_turn_ > begun; });
    --draining_;
    if (drained && !stopping_) return {};
    return failed(Failure{codes::not_drained, Next::retry_later, {}, {}});
}

bool Worker::wait_for_room(std::chrono::milliseconds patience) {
    if (recorder_.waiting() < roomy_frames) {
        const std::lock_guard lock(mutex_);
        if (roomy_) return true;
    }
    wake();
    std::unique_lock lock(mutex_);
    const std::uint64_t begun = turns_done_;
    return settled_.wait_for(lock, patience, [&] { return stopping_ || (roomy_ && turns_done_ > begun); }) &&
           !stopping_;
}

Result<void> Worker::stop(std::chrono::milliseconds patience) {
    if (!thread_.joinable()) return {};
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    settled_.notify_all();
    thread_.join();
    if (connected_) (void)session_->publish(status_message(false, "closed"), ++ticket_);
    session_->stop(patience);
    take_inputs();
    session_.reset();
    take_frames(true);
    const auto events = events_->close();
    const auto telemetry = telemetry_->close();
    return events ? telemetry : events;
}

}  // namespace watchglass::device

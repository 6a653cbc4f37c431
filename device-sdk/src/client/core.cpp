// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/core.h"

#include <algorithm>

#include <fmt/format.h>

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

}  // namespace

Core::Core(Parts parts, std::unique_ptr<Disk> disk, std::unique_ptr<Journal> events,
           std::unique_ptr<Journal> telemetry, std::function<void()> wake)
    : parts_(std::move(parts)),
      disk_(std::move(disk)),
      events_(std::move(events)),
      telemetry_(std::move(telemetry)),
      recorder_(parts_.options.dictionary, parts_.options.telemetry, parts_.boot, parts_.platform,
                std::move(wake)),
      publisher_(PublisherSettings{}, *events_, *telemetry_, parts_.platform.entropy()),
      live_telemetry_(telemetry_->live()) {
    // Nothing is known yet in an epoch that has just begun: its first frame is its snapshot.
    if (telemetry_->streams().back().synced_through == StreamSeq{0}) recorder_.snapshot();
}

std::vector<std::string> Core::subscriptions() const {
    return {topics::of(parts_.device, Channel::down_stored), topics::resync(parts_.device.shard())};
}

void Core::connected() {
    connected_ = true;
    heard_ = now();
    last_error_.clear();
    unsent_.reset();
    publisher_.connected(now());
    (void)session_->publish(status_message(true, "connected"), ++ticket_);
    parts_.platform.log(log::Level::info, "device.connected", "The link to the platform is up.");
}

void Core::lost(const std::string& why) {
    if (connected_ || last_error_ != why) {
        parts_.platform.log(log::Level::warning, "device.link_lost", why);
    }
    connected_ = false;
    last_error_ = why;
    unsent_.reset();
    publisher_.lost();
}

void Core::published(bool received) {
    if (received || !connected_) return;
    parts_.platform.log(log::Level::warning, "device.publish_refused", "The broker did not take a message.");
}

void Core::message(const mqtt::Message& message) {
    const DeviceId& device = parts_.device;
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
    heard_ = now();
    publisher_.stored(*stored, now());
    last_stored_ = parts_.platform.clock().wall();
}

void Core::turn(bool everything) {
    more_ = false;
    take_frames(everything);
    sync_if_due(everything);
    pump();
    settle_forks();
    copy_forked();
    tell_damage();
    begin_epochs();
    watch_link();
}

/// The alarm is on the disk before the cut is: a crash in between tells it twice rather than never. Where the disk does not
/// take it, the fork is offered again with the next turn.
void Core::settle_forks() {
    for (const ForkFound& fork : publisher_.take_forks()) {
        if (alarmed_.insert(fork.stream).second) alarm_of(fork);
        take_frames(false);
        if (events_->pending_bytes() > 0 && !events_->sync()) continue;
        publisher_.settle_fork(fork);
        alarmed_.erase(fork.stream);
    }
}

void Core::alarm_of(const ForkFound& fork) {
    const std::string text = fmt::format(
        "Somebody else has written epoch {:016x} of our {} journal after place {}: a clone of this disk, or "
        "this machine before an old image was put back. What is only here goes on in another epoch.",
        fork.stream.epoch.value(), to_text(fork.stream.lane), fork.common.value());
    parts_.platform.log(log::Level::error, "device.fork", text);
    recorder_.note("wg.fork", Severity::alarm, text);
}

/// What could not be read back, at open or since: the gaps say what is lost, this says that somebody should look.
void Core::tell_damage() {
    const std::size_t damaged = events_->report().damaged_segments + telemetry_->report().damaged_segments;
    if (damaged == damaged_told_) return;
    recorder_.note(
        "wg.journal_damaged", Severity::alarm,
        fmt::format("{} segments of the journal could not be read back as they were written. What is lost is "
                    "declared; check the disk: watchglass journal verify DIR.",
                    damaged));
    damaged_told_ = damaged;
    more_ = true;
}

/// A disk that refuses a copy is asked again later, and readings do not wait for that.
void Core::copy_forked() {
    if (copy_retry_at_ && now() < *copy_retry_at_) return;
    copy_retry_at_.reset();
    for (Journal* journal : {events_.get(), telemetry_.get()}) {
        if (!journal->moving()) continue;
        const auto done = journal->move_forked();
        if (!done) {
            copy_retry_at_ = now() + disk_retry;
            last_error_ = done.error().message();
            parts_.platform.log(log::Level::error, "device.fork_not_copied", last_error_);
        }
        more_ = more_ || (done && !*done);
    }
}

void Core::disk_refused(const Failure& why) {
    disk_retry_at_ = now() + disk_retry;
    last_error_ = why.message();
    parts_.platform.log(log::Level::error, "device.journal_not_synced", last_error_);
}

/// Another telemetry epoch has begun: its first frames, but for those that waited to be synced, state every known value.
void Core::begin_epochs() {
    if (telemetry_->live() == live_telemetry_) return;
    live_telemetry_ = telemetry_->live();
    recorder_.snapshot();
    more_ = true;
}

void Core::take_frames(bool everything) {
    Recorder::Batch batch = recorder_.take(everything);
    if (batch.lost_events > 0) events_->append_gap(GapCause::journal_full, batch.lost_events);
    if (batch.lost_changes > 0) telemetry_->append_gap(GapCause::journal_full, batch.lost_changes);
    for (const Body& body : batch.frames.events) append(*events_, body);
    for (const Body& body : batch.frames.telemetry) append(*telemetry_, body);
}

void Core::append(Journal& journal, const Body& body) {
    const auto bytes = codec::encode_body(body, parts_.options.dictionary);
    const auto count =
        static_cast<std::uint32_t>(body.changes.size() + body.confirmations.size() + body.events.size());
    if (bytes && journal.append(*bytes, count)) return;
    // The filter lets nothing through that cannot be said, so this is a mistake of ours; it shall not pass unseen.
    parts_.platform.log(log::Level::error, "device.unsayable_frame",
                        bytes ? "A frame is too large for the journal." : bytes.error().message());
    journal.append_gap(GapCause::journal_damaged, count);
}

void Core::sync_if_due(bool at_once) {
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
        disk_refused(synced.error());
    } else if (disk_retry_at_) {
        disk_retry_at_.reset();
        last_error_.clear();
    }
}

/// Moves what the publisher hands out until there is no more, or the link takes no more for now.
void Core::pump() {
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

std::optional<mqtt::Message> Core::message_for(const Outgoing& out) {
    const DeviceId& device = parts_.device;
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
        hello.history = publisher_.history();
        payload = codec::encode_hello(hello);
    }
    if (!payload) {
        parts_.platform.log(log::Level::error, "device.unsayable_message", payload.error().message());
        return std::nullopt;
    }
    return mqtt::Message{topics::of(device, channel), std::move(*payload), 1, false};
}

mqtt::Message Core::status_message(bool online, std::string_view reason) const {
    Status status;
    status.online = online;
    status.reason = std::string{reason};
    status.software = parts_.options.software;
    status.boot = parts_.boot;
    const auto payload = codec::encode_status(status);
    return {topics::of(parts_.device, Channel::status), payload ? *payload : Bytes{}, 1, true};
}

void Core::watch_link() {
    if (!connected_ || publisher_.in_flight() == 0 || now() - heard_ < link_patience) return;
    heard_ = now();
    parts_.platform.log(log::Level::warning, "device.link_silent",
                        "Nothing was stored for minutes on a link that looks healthy: connecting anew.");
    session_->renew();
}

LinkStatus Core::status() const {
    LinkStatus status;
    status.device = parts_.device.text();
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
    status.bytes_in_memory = events_->pending_bytes() + telemetry_->pending_bytes();
    status.recorded = recorder_.recorded();
    status.dropped = events_->dropped_places() + telemetry_->dropped_places();
    return status;
}

bool Core::drained() const { return publisher_.drained() && !recorder_.due(); }

bool Core::roomy() const {
    return recorder_.waiting() < roomy_frames && telemetry_->may_grow(256u << 10) && !disk_retry_at_;
}

SteadyTime Core::next_turn() const {
    // While the disk refuses, what is due cannot be done before it is tried again, and looking more often is idle work.
    if (disk_retry_at_) return *disk_retry_at_;
    if (more_) return now();
    SteadyTime next = now() + Microseconds{30s};
    const auto earlier = [&next](std::optional<SteadyTime> moment) {
        if (moment) next = std::min(next, *moment);
    };
    earlier(recorder_.due());
    earlier(copy_retry_at_);
    // A link that takes no more wakes us when it does; until then nobody asks the publisher.
    if (!unsent_) earlier(publisher_.deadline());
    if (telemetry_waits_since_)
        earlier(*telemetry_waits_since_ + Microseconds{parts_.options.telemetry.sync_interval});
    return next;
}

Result<void> Core::close() {
    take_frames(true);
    const auto events = events_->close();
    const auto telemetry = telemetry_->close();
    return events ? telemetry : events;
}

}  // namespace watchglass::device

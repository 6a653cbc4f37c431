// SPDX-License-Identifier: Apache-2.0
#include "bench/fleet/instrument.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "bench/fleet/backlog.h"

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

device::JournalSettings lane_settings(Lane lane) {
    device::JournalSettings settings;
    settings.lane = lane;
    settings.bytes_most = fleet_journal_bytes(lane);
    settings.segment_bytes = fleet_segment_bytes(lane);
    return settings;
}

}  // namespace

Instrument::Instrument(Parts parts)
    : parts_(std::move(parts)), directory_(parts_.directory), identity_(must(directory_.load())) {}

Instrument::~Instrument() { stop(); }

void Instrument::start() {
    auto& platform = parts_.platform;
    auto disk = must(platform.open_disk(parts_.directory / "journal"));
    auto events =
        must(device::Journal::open(lane_settings(Lane::events), *disk, platform.entropy(), platform.clock()));
    auto telemetry = must(
        device::Journal::open(lane_settings(Lane::telemetry), *disk, platform.entropy(), platform.clock()));
    first_live_ = telemetry->live();
    core_ = std::make_unique<device::Core>(
        device::Core::Parts{parts_.options, platform, identity_.device, parts_.boot}, std::move(disk),
        std::move(events), std::move(telemetry), parts_.wake);

    mqtt::SessionSettings settings;
    settings.policy = directory_.policy(identity_.mqtt, std::nullopt);
    settings.client_id = identity_.device.text();
    settings.alpn = identity_.mqtt.alpn;
    settings.subscriptions = core_->subscriptions();
    settings.will = core_->status_message(false, "link lost");
    mqtt::Events told;
    told.on_connected = [this] { put(Connected{}); };
    told.on_lost = [this](const Failure& why) { put(Lost{why.message()}); };
    told.on_message = [this](mqtt::Message&& message) { put(std::move(message)); };
    told.on_published = [this](std::uint64_t, bool) { parts_.wake(); };
    session_ = mqtt::make_paho_session(std::move(settings), std::move(told));
    core_->attach(*session_);
    must(session_->start());
}

void Instrument::stop() {
    if (!session_) return;
    session_->stop(1s);
    session_.reset();
    (void)core_->close();
}

void Instrument::put(Input input) {
    {
        const std::lock_guard lock(mutex_);
        inputs_.push_back(std::move(input));
    }
    parts_.wake();
}

void Instrument::take_inputs() {
    std::vector<Input> inputs;
    {
        const std::lock_guard lock(mutex_);
        inputs.swap(inputs_);
    }
    for (const Input& input : inputs) {
        if (std::holds_alternative<Connected>(input)) {
            arrived_ = true;
            core_->connected();
        } else if (const auto* lost = std::get_if<Lost>(&input)) {
            ++losses_;
            core_->lost(lost->why);
        } else {
            core_->message(std::get<mqtt::Message>(input));
            told_ = true;
        }
    }
}

void Instrument::turn() {
    take_inputs();
    if (!home_) come_home();
    record_what_is_due(now());
    core_->turn(false);
    look_what_is_stored(now());
    next_turn_ = core_->next_turn();
    if (home_ && !silent_) {
        if (parts_.habits.reading_every > 0us) next_turn_ = std::min(next_turn_, next_reading_);
        if (parts_.habits.alarm_every > 0us) next_turn_ = std::min(next_turn_, next_alarm_);
    }
}

/// What is recorded before the platform has answered belongs to the outage.
void Instrument::come_home() {
    const auto& journal = core_->journal(Lane::telemetry);
    const bool sealed = journal.live() != first_live_;
    home_ = core_->status().last_stored && (sealed || journal.unstored_places() == 0);
    if (!home_) return;
    const auto some_of = [this](Microseconds every) {
        return Microseconds{static_cast<std::int64_t>(static_cast<double>(every.count()) *
                                                      parts_.platform.entropy().next_unit())};
    };
    next_reading_ = now() + some_of(parts_.habits.reading_every);
    next_alarm_ = now() + some_of(parts_.habits.alarm_every);
}

void Instrument::record_what_is_due(SteadyTime now) {
    if (!home_ || silent_) return;
    if (parts_.habits.reading_every > 0us && now >= next_reading_) {
        next_reading_ = now + parts_.habits.reading_every;
        record(Kind::reading, now);
    }
    if (parts_.habits.alarm_every > 0us && now >= next_alarm_) {
        next_alarm_ = now + parts_.habits.alarm_every;
        record(Kind::alarm, now);
    }
}

void Instrument::record(Kind kind, SteadyTime now) {
    const WallTime at = parts_.platform.clock().wall();
    if (kind == Kind::reading) {
        ++readings_;
        must(core_->recorder().set(live_serial, readings_ * 1e-4, at));
        waiting_.push_back({kind, now, core_->journal(Lane::telemetry).live()});
        recorded_.push_back({kind, readings_, at.us});
    } else {
        ++alarms_;
        must(core_->recorder().raise(alarm_raised, Severity::alarm, std::to_string(alarms_)));
        waiting_.push_back({kind, now, core_->journal(Lane::events).live()});
        recorded_.push_back({kind, alarms_, at.us});
    }
}

/// All of a stream is stored, and nothing waits that could still go there.
bool Instrument::stored(Lane lane, const StreamId& stream) const {
    const auto& journal = core_->journal(lane);
    if (journal.pending_bytes() > 0 || core_->recorder().due()) return false;
    for (const auto& state : journal.streams()) {
        if (state.id != stream && !state.live) continue;
        if (state.stored_through != state.synced_through) return false;
    }
    return true;
}

void Instrument::look_what_is_stored(SteadyTime now) {
    if (!std::exchange(told_, false) || waiting_.empty()) return;
    std::erase_if(waiting_, [&](const Waiting& one) {
        const Lane lane = one.kind == Kind::reading ? Lane::telemetry : Lane::events;
        if (!stored(lane, one.stream)) return false;
        heard_.push_back({one.kind, one.recorded, now});
        return true;
    });
}

std::uint64_t Instrument::unstored() const {
    return core_->journal(Lane::events).unstored_places() + core_->journal(Lane::telemetry).unstored_places();
}

std::uint64_t Instrument::backlog() const {
    std::uint64_t places = 0;
    for (const auto& state : core_->journal(Lane::telemetry).streams()) {
        if (state.id == first_live_) places += state.synced_through.value() - state.stored_through.value();
    }
    return places;
}

}  // namespace watchglass::bench

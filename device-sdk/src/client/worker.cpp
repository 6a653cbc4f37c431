// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/client/worker.h"

#include <algorithm>

namespace watchglass::device {

using namespace std::chrono_literals;

namespace {
constexpr std::size_t inputs_most = 256;
}

Worker::Worker(Parts parts, std::unique_ptr<Disk> disk, std::unique_ptr<Journal> events,
               std::unique_ptr<Journal> telemetry)
    : parts_(std::move(parts)),
      core_({parts_.options, parts_.platform, parts_.identity.device, parts_.boot}, std::move(disk),
            std::move(events), std::move(telemetry), [this] { wake(); }),
      status_(core_.status()) {}

Worker::~Worker() { (void)stop(1s); }

Result<void> Worker::start() {
    mqtt::SessionSettings settings;
    settings.policy = parts_.directory.policy(parts_.identity.mqtt, parts_.options.proxy);
    settings.client_id = parts_.identity.device.text();
    settings.alpn = parts_.identity.mqtt.alpn;
    settings.subscriptions = core_.subscriptions();
    settings.will = core_.status_message(false, "link lost");

    mqtt::Events events;
    events.on_connected = [this] { put(Connected{}); };
    events.on_lost = [this](const Failure& failure) { put(Lost{failure.message()}); };
    events.on_message = [this](mqtt::Message&& message) { put(std::move(message)); };
    events.on_published = [this](std::uint64_t, bool received) {
        if (received) {
            wake();  // there is room for the next
        } else {
            put(Published{received});
        }
    };
    session_ = parts_.make_session(std::move(settings), std::move(events));
    core_.attach(*session_);
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

/// What the platform says is repeated until it is heard, so a slow disk lets it pile up only so far.
void Worker::put(Input input) {
    {
        const std::lock_guard lock(mutex_);
        if (inputs_.size() >= inputs_most && std::holds_alternative<mqtt::Message>(input)) return;
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

/// One round: hear, act, tell.
void Worker::turn(std::uint64_t number, bool draining) {
    take_inputs();
    core_.turn(draining);
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
            core_.connected();
        } else if (const auto* lost = std::get_if<Lost>(&input)) {
            core_.lost(lost->why);
        } else if (const auto* message = std::get_if<mqtt::Message>(&input)) {
            core_.message(*message);
        } else {
            core_.published(std::get<Published>(input).received);
        }
    }
}

void Worker::update_status(std::uint64_t turn, bool took_everything) {
    LinkStatus status = core_.status();
    const bool drained = took_everything && core_.drained();
    const bool roomy = core_.roomy();
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
    const SteadyTime now = parts_.platform.clock().steady();
    return std::clamp(core_.next_turn() - now, Microseconds{1ms}, Microseconds{30s});
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
    if (core_.recorder().waiting() < Core::roomy_frames) {
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
    if (session_->connected()) (void)session_->publish(core_.status_message(false, "closed"), 0);
    session_->stop(patience);
    take_inputs();
    session_.reset();
    return core_.close();
}

}  // namespace watchglass::device

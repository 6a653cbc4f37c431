// SPDX-License-Identifier: Apache-2.0
#include "bench/load/sender.h"

#include <algorithm>
#include <stdexcept>

#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::bench {
namespace {

using namespace std::chrono_literals;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

Sender::Sender(const std::filesystem::path& directory, Epoch epoch, std::function<void()> done)
    : directory_(directory),
      identity_(must(directory_.load())),
      stream_{Lane::telemetry, epoch},
      done_(std::move(done)),
      topic_(topics::of(identity_.device, topics::Channel::up_telemetry)) {}

Sender::~Sender() { stop(); }

void Sender::add(const std::vector<Body>& bodies, const Dictionary& dictionary) {
    const std::lock_guard lock(mutex_);
    for (const Body& body : bodies) {
        const Envelope envelope{1, stream_, StreamSeq{frames_.size() + 1}, chain_,
                                must(codec::encode_body(body, dictionary))};
        frames_.push_back(must(codec::encode_envelope(envelope)));
        chain_ = codec::chain_after(envelope);
        bytes_ += frames_.back().size();
    }
}

void Sender::connect() {
    mqtt::SessionSettings settings;
    settings.policy = directory_.policy(identity_.mqtt, std::nullopt);
    settings.client_id = identity_.device.text();
    settings.alpn = identity_.mqtt.alpn;
    settings.window = 200;
    settings.subscriptions = {topics::of(identity_.device, topics::Channel::down_stored)};
    mqtt::Events events;
    events.on_connected = [this] { pump(); };
    events.on_message = [this](mqtt::Message&& message) { hear(message); };
    events.on_published = [this](std::uint64_t frame, bool received) {
        if (received) acknowledged_ = std::max<std::uint64_t>(acknowledged_, frame);
        pump();
        if (acknowledged_ == frames()) done_();
    };
    session_ = mqtt::make_paho_session(std::move(settings), std::move(events));
    must(session_->start());
}

void Sender::stop() {
    if (session_) session_->stop(1s);
    session_.reset();
}

void Sender::go(std::uint64_t under_way) {
    {
        const std::lock_guard lock(mutex_);
        under_way_ = under_way;
    }
    pump();
}

/// Hands over what the link takes now.
void Sender::pump() {
    const std::lock_guard lock(mutex_);
    while (next_ < frames_.size() && next_ < stored_ + under_way_) {
        const mqtt::Message message{.topic = topic_, .payload = frames_[next_], .qos = 1};
        if (!session_->publish(message, next_ + 1)) return;
        ++next_;
    }
}

void Sender::rewind() {
    {
        const std::lock_guard lock(mutex_);
        next_ = stored_.load();
    }
    pump();
}

void Sender::hear(const mqtt::Message& message) {
    const auto said = codec::decode_stored(message.payload);
    if (!said) return;
    for (const StoredStream& stream : said->streams) {
        if (stream.stream != stream_) continue;
        stored_ = std::max(stored_.load(), stream.stored_through.value());
        if (stream.why != StoredWhy::hole) continue;
        const std::lock_guard lock(mutex_);
        next_ = stream.stored_through.value();
    }
    pump();
    if (stored_ == frames()) done_();
}

}  // namespace watchglass::bench

// SPDX-License-Identifier: Apache-2.0
#include "bench/load/sender.h"

#include <algorithm>
#include <stdexcept>

#include "bench/swarm/mqtt_packets.h"
#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::bench {
namespace {

/// Below what the broker takes at once from one client (max_inflight_messages).
constexpr std::size_t window = 400;

template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message() + " " + result.error().cause);
    return std::move(*result);
}

/// Packet ids count from 1 (MQTT 5, section 2.2.1); with a window this small none is in use twice.
std::uint16_t packet_id(std::uint64_t frame) { return static_cast<std::uint16_t>(frame % 65'535 + 1); }

}  // namespace

Sender::Sender(const TlsDoor& door, const std::filesystem::path& directory, Epoch epoch)
    : directory_(directory),
      identity_(must(directory_.load())),
      stream_{Lane::telemetry, epoch},
      topic_(topics::of(identity_.device, topics::Channel::up_telemetry)),
      link_(std::make_unique<TlsLink>(door, directory_)) {
    link_->put(packets::connect(identity_.device.text(), std::nullopt));
    link_->put(packets::subscribe({topics::of(identity_.device, topics::Channel::down_stored)}));
}

Sender::~Sender() = default;

void Sender::add(const std::vector<Body>& bodies, const Dictionary& dictionary) {
    for (const Body& body : bodies) {
        const Envelope envelope{1, stream_, StreamSeq{frames_.size() + 1}, chain_,
                                must(codec::encode_body(body, dictionary))};
        frames_.push_back(must(codec::encode_envelope(envelope)));
        chain_ = codec::chain_after(envelope);
        bytes_ += frames_.back().size();
    }
}

void Sender::advance(std::uint64_t under_way) {
    if (subscribed_) put_frames(under_way);
    if (link_->advance(input_) == TlsLink::State::lost)
        throw std::runtime_error("the link of " + identity_.device.text() + " was lost");
    hear_all();
}

void Sender::put_frames(std::uint64_t under_way) {
    while (next_ < frames_.size() && next_ < stored_ + under_way && in_flight_.size() < window) {
        link_->put(
            packets::publish({.topic = topic_, .payload = frames_[next_], .qos = 1}, packet_id(next_)));
        in_flight_.push_back(next_);
        ++next_;
    }
}

void Sender::hear_all() {
    while (const auto packet = packets::take(input_)) {
        if (packet->kind == packets::Kind::suback) subscribed_ = true;
        if (packet->kind == packets::Kind::connack && packet->reason != 0)
            throw std::runtime_error("the broker refused " + identity_.device.text());
        if (packet->kind == packets::Kind::puback && !in_flight_.empty()) {
            acknowledged_ = std::max(acknowledged_, in_flight_.front() + 1);
            in_flight_.pop_front();
        }
        if (packet->kind == packets::Kind::publish) hear_stored(packet->payload);
    }
}

void Sender::hear_stored(ByteSpan payload) {
    const auto said = codec::decode_stored(payload);
    if (!said) return;
    for (const StoredStream& stream : said->streams) {
        if (stream.stream != stream_) continue;
        stored_ = std::max(stored_, stream.stored_through.value());
        if (stream.why == StoredWhy::hole) next_ = stream.stored_through.value();
    }
}

}  // namespace watchglass::bench

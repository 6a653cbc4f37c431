// SPDX-License-Identifier: Apache-2.0
#include "test/unit/device-sdk/scripted_platform.h"

#include "schemas/codec/body.h"
#include "schemas/codec/chain.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::device::test {

class ScriptedSession final : public mqtt::Session {
public:
    explicit ScriptedSession(ScriptedPlatform& platform) : platform_(platform) {}
    Result<void> start() override {
        const std::lock_guard lock(platform_.mutex_);
        platform_.events_.on_connected();
        return {};
    }
    void stop(std::chrono::milliseconds) override {}
    Result<void> publish(const mqtt::Message& message, std::uint64_t ticket) override {
        const std::lock_guard lock(platform_.mutex_);
        if (platform_.full_) return failed(Failure{mqtt::codes::window_full, Next::retry_later, {}, {}});
        platform_.take(message);
        platform_.events_.on_published(ticket, true);
        return {};
    }
    [[nodiscard]] bool connected() const override { return true; }
    void subscribe_to(std::vector<std::string>) override {}
    [[nodiscard]] bool subscribed() const override { return connected(); }
    void renew() override {}
    [[nodiscard]] std::uint64_t dropped() const override { return 0; }

private:
    ScriptedPlatform& platform_;
};

SessionMaker ScriptedPlatform::maker() {
    return [this](mqtt::SessionSettings settings, mqtt::Events events) -> std::unique_ptr<mqtt::Session> {
        const std::lock_guard lock(mutex_);
        events_ = std::move(events);
        stored_topic_ = settings.subscriptions.front();
        return std::make_unique<ScriptedSession>(*this);
    };
}

void ScriptedPlatform::set_storing(bool storing) {
    const std::lock_guard lock(mutex_);
    storing_ = storing;
}

void ScriptedPlatform::set_full(bool full) {
    const std::lock_guard lock(mutex_);
    full_ = full;
}

void ScriptedPlatform::cut_link() {
    const std::lock_guard lock(mutex_);
    events_.on_lost(Failure{mqtt::codes::lost, Next::retry_later, {}, {}});
    events_.on_connected();
}

void ScriptedPlatform::take(const mqtt::Message& message) {
    const auto parsed = topics::parse(message.topic);
    if (!parsed) return;
    if (parsed->channel == topics::Channel::status) {
        statuses_.push_back(*codec::decode_status(message.payload));
    } else if (parsed->channel == topics::Channel::up_hello) {
        ++hellos_;
        const auto hello = codec::decode_hello(message.payload);
        if (storing_)
            for (const HelloStream& stream : hello->streams) say(stream.stream, StoredWhy::hello);
    } else {
        ++arrived_;
        if (!storing_) return;
        const auto envelope = codec::decode_envelope(message.payload);
        Stream& stream = streams_[envelope->stream];
        if (envelope->seq.value() > stream.through.value() + 1) return say(envelope->stream, StoredWhy::hole);
        if (envelope->seq.value() == stream.through.value() + 1) {
            if (std::holds_alternative<Bytes>(envelope->content) && envelope->prev_chain != stream.chain) {
                return say(envelope->stream, StoredWhy::fork);
            }
            const auto* gap = std::get_if<Gap>(&envelope->content);
            stream.through = gap != nullptr ? gap->to : envelope->seq;
            stream.chain = codec::chain_after(*envelope);
            stream.accepted.push_back(*envelope);
        }
        say(envelope->stream, StoredWhy::progress);
    }
}

void ScriptedPlatform::say(const StreamId& id, StoredWhy why) {
    const Stream& stream = streams_[id];
    Stored stored;
    stored.history = 1;
    stored.streams.push_back({id, stream.through, stream.chain, why});
    events_.on_message(mqtt::Message{stored_topic_, *codec::encode_stored(stored), 1, false});
}

std::vector<Body> ScriptedPlatform::bodies(Lane lane, const Dictionary& dictionary) const {
    const std::lock_guard lock(mutex_);
    std::vector<Body> bodies;
    for (const auto& [id, stream] : streams_) {
        for (const Envelope& envelope : stream.accepted) {
            const auto* bytes = std::get_if<Bytes>(&envelope.content);
            if (id.lane == lane && bytes != nullptr)
                bodies.push_back(*codec::decode_body(*bytes, dictionary));
        }
    }
    return bodies;
}

std::size_t ScriptedPlatform::gaps() const {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [id, stream] : streams_) {
        for (const Envelope& envelope : stream.accepted)
            count += std::holds_alternative<Gap>(envelope.content) ? 1 : 0;
    }
    return count;
}

std::size_t ScriptedPlatform::hellos() const {
    const std::lock_guard lock(mutex_);
    return hellos_;
}

std::size_t ScriptedPlatform::arrived() const {
    const std::lock_guard lock(mutex_);
    return arrived_;
}

std::vector<Status> ScriptedPlatform::statuses() const {
    const std::lock_guard lock(mutex_);
    return statuses_;
}

void write_identity(const std::filesystem::path& directory) {
    const IdentityDirectory identity{directory};
    (void)identity.prepare();
    (void)identity.save(
        {*DeviceId::parse("abcdefghijklmnopqrstuvwxyz"), {"localhost", 443, "mqtt"}, {"localhost", 443, ""}});
}

}  // namespace watchglass::device::test

// SPDX-License-Identifier: Apache-2.0
#include "ingest/adapters/broker_voice.h"

#include "libs/foundation/log.h"
#include "schemas/codec/session.h"
#include "schemas/topics/topics.h"

namespace watchglass::ingest {

bool BrokerVoice::say(const DeviceId& device, const Stored& stored) {
    auto payload = codec::encode_stored(stored);
    if (!payload) {
        // Holding it back would hold back every other device's.
        log::failure(log::Level::error, "ingest.stored_not_encoded", payload.error(),
                     {{"device", device.text()}});
        return true;
    }
    const mqtt::Message message{
        .topic = topics::of(device, topics::Channel::down_stored), .payload = std::move(*payload), .qos = 0};
    if (!session_.publish(message, 0)) return false;
    meters_.stored_sent.add();
    return true;
}

bool BrokerVoice::call_for_resync(char shard) {
    const mqtt::Message message{.topic = topics::resync(shard), .payload = {}, .qos = 0};
    return session_.publish(message, 0).has_value();
}

}  // namespace watchglass::ingest

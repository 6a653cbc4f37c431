// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ingest/pipeline/meters.h"
#include "ingest/pipeline/ports.h"
#include "libs/mqtt/session.h"

namespace watchglass::ingest {

/// Says Stored on a device's topic, at QoS 0: the statement is repeatable, a device that misses it asks again with its
/// next Hello, and an acknowledgement would tell nothing but that the broker has it.
class BrokerVoice final : public Voice {
public:
    BrokerVoice(mqtt::Session& session, Meters& meters) : session_(session), meters_(meters) {}

    bool say(const DeviceId& device, const Stored& stored) override;
    /// Tells a shard's devices to send what is not stored. False: later.
    bool call_for_resync(char shard);

private:
    mqtt::Session& session_;
    Meters& meters_;
};

}  // namespace watchglass::ingest

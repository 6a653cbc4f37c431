// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/mqtt/session.h"

/// The few packets of MQTT 5 that a client of the swarm needs (OASIS standard, chapter 3).
namespace watchglass::bench::packets {

Bytes connect(std::string_view client_id, const std::optional<mqtt::Message>& will);
/// QoS 1, packet id 1.
Bytes subscribe(const std::vector<std::string>& filters);
Bytes publish(const mqtt::Message& message, std::uint16_t packet_id);
Bytes acknowledgement(std::uint16_t packet_id);

enum class Kind : std::uint8_t { connack = 2, publish = 3, puback = 4, suback = 9, disconnect = 14 };

struct Packet {
    Kind kind{};
    std::uint8_t reason = 0;      ///< connack: 0 is welcome
    std::uint16_t packet_id = 0;  ///< publish of QoS 1
    std::string topic;            ///< publish
    Bytes payload;                ///< publish
};
/// Takes the first whole packet off the front of `bytes`; nothing: it is not all there yet.
std::optional<Packet> take(Bytes& bytes);

}  // namespace watchglass::bench::packets

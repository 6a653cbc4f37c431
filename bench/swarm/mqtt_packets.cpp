// SPDX-License-Identifier: Apache-2.0
#include "bench/swarm/mqtt_packets.h"

#include <algorithm>

namespace watchglass::bench::packets {
namespace {

constexpr std::uint16_t keep_alive_s = 600;  ///< longer than a run: nobody has to ping
constexpr std::uint8_t mqtt_5 = 5;
constexpr std::uint8_t clean_start = 0x02;
constexpr std::uint8_t with_will = 0x04;
constexpr std::uint8_t qos_1 = 0x02;  ///< in a PUBLISH's first byte
constexpr std::uint8_t retained = 0x01;

void put_int2(Bytes& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}
void put_bytes(Bytes& out, ByteSpan bytes) {
    put_int2(out, bytes.size());
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void put_text(Bytes& out, std::string_view text) { put_bytes(out, as_bytes(text)); }
void put_no_properties(Bytes& out) { out.push_back(0); }

/// Section 2.1: the type with its flags, then the rest's length, seven bits a byte.
Bytes packet(std::uint8_t first, const Bytes& rest) {
    Bytes out{first};
    std::size_t length = rest.size();
    do {
        out.push_back(static_cast<std::uint8_t>((length & 0x7f) | (length > 0x7f ? 0x80 : 0)));
        length >>= 7;
    } while (length > 0);
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
}

std::size_t int2_at(const Bytes& bytes, std::size_t at) {
    return at + 2 > bytes.size() ? 0 : std::size_t{bytes[at]} << 8 | bytes[at + 1];
}

struct Extent {
    std::size_t header = 0;
    std::size_t whole = 0;
};
/// Nothing: the length itself is not all there.
std::optional<Extent> extent_of(const Bytes& bytes) {
    std::size_t length = 0;
    for (std::size_t at = 1; at < bytes.size() && at <= 4; ++at) {
        length |= std::size_t{bytes[at] & 0x7fu} << (7 * (at - 1));
        if ((bytes[at] & 0x80) == 0) return Extent{at + 1, at + 1 + length};
    }
    return std::nullopt;
}

}  // namespace

Bytes connect(std::string_view client_id, const std::optional<mqtt::Message>& will) {
    Bytes rest;
    put_text(rest, "MQTT");
    rest.push_back(mqtt_5);
    const int flags = will ? with_will | will->qos << 3 | (will->retain ? 0x20 : 0) : 0;
    rest.push_back(static_cast<std::uint8_t>(clean_start | flags));
    put_int2(rest, keep_alive_s);
    put_no_properties(rest);
    put_text(rest, client_id);
    if (will) {
        put_no_properties(rest);
        put_text(rest, will->topic);
        put_bytes(rest, will->payload);
    }
    return packet(0x10, rest);
}

Bytes subscribe(const std::vector<std::string>& filters) {
    Bytes rest;
    put_int2(rest, 1);
    put_no_properties(rest);
    for (const auto& filter : filters) {
        put_text(rest, filter);
        rest.push_back(1);
    }
    return packet(0x82, rest);
}

Bytes publish(const mqtt::Message& message, std::uint16_t packet_id) {
    Bytes rest;
    put_text(rest, message.topic);
    put_int2(rest, packet_id);
    put_no_properties(rest);
    rest.insert(rest.end(), message.payload.begin(), message.payload.end());
    return packet(static_cast<std::uint8_t>(0x30 | qos_1 | (message.retain ? retained : 0)), rest);
}

Bytes acknowledgement(std::uint16_t packet_id) {
    Bytes rest;
    put_int2(rest, packet_id);
    return packet(0x40, rest);
}

std::optional<Packet> take(Bytes& bytes) {
    const auto extent = extent_of(bytes);
    if (!extent || bytes.size() < extent->whole) return std::nullopt;
    Packet found;
    found.kind = static_cast<Kind>(bytes[0] >> 4);
    if (found.kind == Kind::connack && extent->whole > extent->header + 1)
        found.reason = bytes[extent->header + 1];
    if (found.kind == Kind::publish) {
        const auto topic = int2_at(bytes, extent->header);
        found.topic = std::string{as_text(ByteSpan{bytes}.subspan(extent->header + 2, topic))};
        std::size_t at = extent->header + 2 + topic;
        if ((bytes[0] & 0x06) != 0) {
            found.packet_id = static_cast<std::uint16_t>(int2_at(bytes, at));
            at += 2;
        }
        if (at < extent->whole)
            at += 1 + std::size_t{bytes[at]};  // properties: the platform sets few, if any
        found.payload.assign(bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at, extent->whole)),
                             bytes.begin() + static_cast<std::ptrdiff_t>(extent->whole));
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(extent->whole));
    return found;
}

}  // namespace watchglass::bench::packets

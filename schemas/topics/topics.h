// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schemas/values/identifiers.h"

/// The only place where a topic is spelled. The table is docs/formats/topics.md.
namespace watchglass::topics {

enum class Channel {
    up_telemetry,
    up_events,
    up_hello,
    up_file,
    status,
    down_stored,
    down_file,
    down_command
};

/// `wg/v1/<shard>/<device>/up/telemetry`
std::string of(const DeviceId& device, Channel channel);
/// `wg/v1/<shard>/all/down/resync`: ingest has taken this shard, send what is not stored.
std::string resync(char shard);

/// What a platform service subscribes to for one shard: `wg/v1/<shard>/+/up/telemetry`.
std::string every_device(char shard, Channel channel);
/// The same over all shards: `wg/v1/+/+/status`.
std::string every_device(Channel channel);

/// Everything the platform says to one device, but resync: `wg/v1/<shard>/<device>/down/#`.
std::string all_down(const DeviceId& device);

struct Parsed {
    DeviceId device;
    Channel channel;
};
/// Nothing when the topic is not one of ours, or its shard is not the device's.
std::optional<Parsed> parse(std::string_view topic);

// The three checks below allocate nothing: the broker's plugin asks them for every publish and every delivery.

/// A device may publish its own up/* and status, nothing else.
bool device_may_publish(const DeviceId& device, std::string_view topic);
/// A device may subscribe to exactly its own down/* (each or as `down/#`) and its shard's `all/down/resync`.
bool device_may_subscribe(const DeviceId& device, std::string_view filter);
/// May this message be delivered to this device?
bool device_may_receive(const DeviceId& device, std::string_view topic);

}  // namespace watchglass::topics

// SPDX-License-Identifier: Apache-2.0
#include "schemas/topics/topics.h"

#include <array>

namespace watchglass::topics {
namespace {

constexpr std::string_view root = "wg/v1/";
constexpr std::string_view resync_tail = "/all/down/resync";

struct Leaf {
    Channel channel;
    std::string_view text;
    bool from_device;
};
constexpr std::array<Leaf, 8> leaves{{
    {Channel::up_telemetry, "up/telemetry", true},
    {Channel::up_events, "up/events", true},
    {Channel::up_hello, "up/hello", true},
    {Channel::up_file, "up/file", true},
    {Channel::status, "status", true},
    {Channel::down_stored, "down/stored", false},
    {Channel::down_file, "down/file", false},
    {Channel::down_command, "down/command", false},
}};

const Leaf* leaf_of(std::string_view text) {
    for (const Leaf& leaf : leaves) {
        if (leaf.text == text) return &leaf;
    }
    return nullptr;
}

std::string_view text_of(Channel channel) {
    for (const Leaf& leaf : leaves) {
        if (leaf.channel == channel) return leaf.text;
    }
    return {};
}

/// Takes `prefix` off the front of `text`, or says that it is not there.
bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

/// What stands after `wg/v1/<shard>/<device>/`, empty when this is not that device's topic.
std::string_view below(const DeviceId& device, std::string_view topic) {
    if (!take(topic, root) || !take(topic, std::string_view{device.text()}.substr(0, 1)) ||
        !take(topic, "/") || !take(topic, device.text()) || !take(topic, "/")) {
        return {};
    }
    return topic;
}

bool is_resync_for(const DeviceId& device, std::string_view topic) {
    return take(topic, root) && take(topic, std::string_view{device.text()}.substr(0, 1)) &&
           topic == resync_tail;
}

}  // namespace

std::string of(const DeviceId& device, Channel channel) {
    std::string topic{root};
    topic += device.shard();
    topic += '/';
    topic += device.text();
    topic += '/';
    topic += text_of(channel);
    return topic;
}

std::string resync(char shard) {
    std::string topic{root};
    topic += shard;
    topic += resync_tail;
    return topic;
}

std::string every_device(char shard, Channel channel) {
    std::string filter{root};
    filter += shard;
    filter += "/+/";
    filter += text_of(channel);
    return filter;
}

std::string every_device(Channel channel) { return every_device('+', channel); }

std::string all_down(const DeviceId& device) {
    std::string filter{root};
    filter += device.shard();
    filter += '/';
    filter += device.text();
    filter += "/down/#";
    return filter;
}

std::optional<Parsed> parse(std::string_view topic) {
    if (!take(topic, root) || topic.size() < 2 + device_id_length + 1 || topic[1] != '/') return std::nullopt;
    const char shard = topic[0];
    topic.remove_prefix(2);
    const auto id = topic.substr(0, device_id_length);
    topic.remove_prefix(device_id_length);
    const Leaf* leaf = take(topic, "/") ? leaf_of(topic) : nullptr;
    if (leaf == nullptr || id[0] != shard) return std::nullopt;
    auto device = DeviceId::parse(id);
    if (!device) return std::nullopt;
    return Parsed{*std::move(device), leaf->channel};
}

bool device_may_publish(const DeviceId& device, std::string_view topic) {
    const Leaf* leaf = leaf_of(below(device, topic));
    return leaf != nullptr && leaf->from_device;
}

bool device_may_subscribe(const DeviceId& device, std::string_view filter) {
    return below(device, filter) == "down/#" || device_may_receive(device, filter);
}

bool device_may_receive(const DeviceId& device, std::string_view topic) {
    const Leaf* leaf = leaf_of(below(device, topic));
    return (leaf != nullptr && !leaf->from_device) || is_resync_for(device, topic);
}

}  // namespace watchglass::topics

// SPDX-License-Identifier: Apache-2.0
#include "schemas/topics/topics.h"

#include <random>
#include <set>

#include <catch2/catch.hpp>

#include "schemas/values/codes.h"

using namespace watchglass;
using topics::Channel;

namespace {

const std::string mine = "abcdefghijklmnopqrstuvwxyz";
const std::string other = "abcdefghijklmnopqrstuvwxy2";
const std::string foreign_shard = "bbcdefghijklmnopqrstuvwxyz";

DeviceId device(const std::string& text) { return DeviceId::parse(text).value(); }

class SeededRng final : public Rng {
public:
    explicit SeededRng(std::uint64_t seed) : random_(seed) {}
    void fill(std::span<std::uint8_t> out) override {
        for (auto& byte : out) byte = static_cast<std::uint8_t>(random_());
    }

private:
    std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("a device id is 26 characters of base32 and nothing else", "[schemas][topics]") {
    CHECK(DeviceId::parse(mine)->shard() == 'a');
    for (const auto* text :
         {"", "abc", "Abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxy1",
          "abcdefghijklmnopqrstuvwxyzz", "abcdefghijklmnopqrstuvwxy+", "abcdefghijklmnopqrstuvwx/z"}) {
        const auto refused = DeviceId::parse(text);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().code == codes::malformed_device_id);
    }
}

TEST_CASE("random device ids are well formed, differ, and spread over all shards", "[schemas][topics]") {
    SeededRng rng{1};
    std::set<std::string> seen;
    std::set<char> shards;
    for (int i = 0; i < 2000; ++i) {
        const DeviceId id = DeviceId::random(rng);
        REQUIRE(is_device_id(id.text()));
        seen.insert(id.text());
        shards.insert(id.shard());
    }
    CHECK(seen.size() == 2000);
    CHECK(std::string(shards.begin(), shards.end()).size() == all_shards.size());
}

TEST_CASE("topics are spelled as the table says", "[schemas][topics]") {
    const DeviceId id = device(mine);
    const std::string prefix = "wg/v1/a/" + mine;
    CHECK(topics::of(id, Channel::up_telemetry) == prefix + "/up/telemetry");
    CHECK(topics::of(id, Channel::up_events) == prefix + "/up/events");
    CHECK(topics::of(id, Channel::up_hello) == prefix + "/up/hello");
    CHECK(topics::of(id, Channel::up_file) == prefix + "/up/file");
    CHECK(topics::of(id, Channel::status) == prefix + "/status");
    CHECK(topics::of(id, Channel::down_stored) == prefix + "/down/stored");
    CHECK(topics::of(id, Channel::down_file) == prefix + "/down/file");
    CHECK(topics::of(id, Channel::down_command) == prefix + "/down/command");
    CHECK(topics::resync('q') == "wg/v1/q/all/down/resync");
    CHECK(topics::every_device('q', Channel::up_events) == "wg/v1/q/+/up/events");
    CHECK(topics::every_device(Channel::status) == "wg/v1/+/+/status");
    CHECK(topics::all_down(id) == prefix + "/down/#");
}

TEST_CASE("every topic of a device is understood again", "[schemas][topics]") {
    const DeviceId id = device(mine);
    for (const Channel channel :
         {Channel::up_telemetry, Channel::up_events, Channel::up_hello, Channel::up_file, Channel::status,
          Channel::down_stored, Channel::down_file, Channel::down_command}) {
        const auto parsed = topics::parse(topics::of(id, channel));
        REQUIRE(parsed.has_value());
        CHECK(parsed->device == id);
        CHECK(parsed->channel == channel);
    }
}

TEST_CASE("a topic that is not exactly one of ours is nobody's", "[schemas][topics]") {
    for (const std::string& topic : std::vector<std::string>{
             "", "wg", "wg/v1/", "wg/v1/a/" + mine, "wg/v1/a/" + mine + "/", "wg/v1/a/" + mine + "/up",
             "wg/v1/a/" + mine + "/up/telemetry/", "wg/v1/a/" + mine + "/up/telemetry2",
             "/wg/v1/a/" + mine + "/status", "wg/v2/a/" + mine + "/status", "wg/v1/b/" + mine + "/status",
             "wg/v1/a/" + mine + "x/status", "WG/v1/a/" + mine + "/status", "wg/v1/a/+/status",
             "wg/v1/a/all/down/resync", "$SYS/broker/uptime"}) {
        INFO(topic);
        CHECK_FALSE(topics::parse(topic).has_value());
    }
}

TEST_CASE("a device may use its own topics, each in its direction, and no others", "[schemas][topics]") {
    const DeviceId id = device(mine);
    const std::string prefix = "wg/v1/a/" + mine;
    struct Row {
        std::string topic;
        bool publish, subscribe, receive;
    };
    const std::vector<Row> table{
        {prefix + "/up/telemetry", true, false, false},
        {prefix + "/up/events", true, false, false},
        {prefix + "/up/hello", true, false, false},
        {prefix + "/up/file", true, false, false},
        {prefix + "/status", true, false, false},
        {prefix + "/down/stored", false, true, true},
        {prefix + "/down/file", false, true, true},
        {prefix + "/down/command", false, true, true},
        {prefix + "/down/#", false, true, false},
        {"wg/v1/a/all/down/resync", false, true, true},
        {"wg/v1/b/all/down/resync", false, false, false},
        {"wg/v1/+/all/down/resync", false, false, false},
        {"wg/v1/a/all/down/#", false, false, false},
        {prefix + "/#", false, false, false},
        {prefix + "/down/+", false, false, false},
        {prefix + "/up/#", false, false, false},
        {prefix + "/up/other", false, false, false},
        {prefix, false, false, false},
        {"#", false, false, false},
        {"wg/v1/+/+/down/stored", false, false, false},
        {"wg/v1/a/+/down/stored", false, false, false},
        {"wg/v1/a/" + other + "/up/telemetry", false, false, false},
        {"wg/v1/a/" + other + "/down/stored", false, false, false},
        {"wg/v1/b/" + foreign_shard + "/down/stored", false, false, false},
        {"wg/v1/b/" + mine + "/up/telemetry", false, false, false},
        {"$share/x/" + prefix + "/down/stored", false, false, false},
        {"", false, false, false},
    };
    for (const Row& row : table) {
        INFO(row.topic);
        CHECK(topics::device_may_publish(id, row.topic) == row.publish);
        CHECK(topics::device_may_subscribe(id, row.topic) == row.subscribe);
        CHECK(topics::device_may_receive(id, row.topic) == row.receive);
    }
}

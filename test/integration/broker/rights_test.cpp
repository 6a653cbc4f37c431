// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/integration/broker/client.h"

using namespace watchglass;
using namespace watchglass::test;
using topics::Channel;

namespace {

/// Three devices (two of one shard) known from the copy on disk, and ingest.
struct Fleet {
    TestBroker broker;
    std::vector<EnrolledDevice> devices;

    Fleet() {
        MemoryFeedStore store;
        for (const auto& id : {device_id('a', "c"), device_id('a', "d"), device_id('q', "e")}) {
            devices.push_back(broker.make_device(id));
            store.allow(devices.back());
        }
        broker::FeedServer feed(broker.plugin_socket(), store);
        REQUIRE(feed.start());
        broker.hand_over(broker.plugin_socket());
        broker.start();
        REQUIRE(eventually([&] { return store.confirmed_through() == 3; }));
    }
};

constexpr Channel up[] = {Channel::up_telemetry, Channel::up_events, Channel::up_hello, Channel::up_file,
                          Channel::status};
constexpr Channel down[] = {Channel::down_stored, Channel::down_file, Channel::down_command};

}  // namespace

TEST_CASE("a device publishes on its own topics and on nobody else's", "[broker]") {
    Fleet fleet;
    for (const auto& who : fleet.devices) {
        Client client(device_settings(fleet.broker, who));
        REQUIRE(client.comes_up());
        for (const auto& whose : fleet.devices) {
            const bool own = who.id == whose.id;
            for (const auto channel : up) {
                INFO(who.id.text() << " publishes " << topics::of(whose.id, channel));
                CHECK(client.publish(topics::of(whose.id, channel)) == own);
            }
            for (const auto channel : down) CHECK_FALSE(client.publish(topics::of(whose.id, channel)));
        }
        CHECK_FALSE(client.publish(topics::resync(who.id.shard())));
        CHECK_FALSE(client.publish("$SYS/broker/uptime"));
        CHECK(client.losses() == 0);
    }
}

TEST_CASE("a device subscribes to its own commands and to nothing else", "[broker]") {
    Fleet fleet;
    const auto& who = fleet.devices[0];
    const auto base = "wg/v1/a/" + who.id.text() + "/";
    const auto may = [&](const std::string& filter) {
        Client client(device_settings(fleet.broker, who, {filter}));
        eventually([&] { return client.connections() > 0 || client.losses() > 0; });
        return client.connections() > 0;
    };
    CHECK(may(base + "down/#"));
    CHECK(may(topics::of(who.id, Channel::down_stored)));
    CHECK(may(topics::resync('a')));
    for (const auto& filter :
         {std::string("#"), std::string("+/+/+/+/down/stored"), base + "#", base + "up/#",
          std::string("wg/v1/a/+/down/stored"), topics::resync('q'), std::string("$SYS/#"),
          "$share/g/" + base + "down/#", topics::of(fleet.devices[1].id, Channel::down_stored)}) {
        INFO(filter);
        CHECK_FALSE(may(filter));
    }
}

TEST_CASE("ingest hears every device and answers each alone", "[broker]") {
    Fleet fleet;
    Client ingest(
        service_settings(fleet.broker, "ingest",
                         {topics::every_device('a', Channel::up_telemetry),
                          topics::every_device(Channel::up_hello), topics::every_device(Channel::status)}));
    REQUIRE(ingest.comes_up());
    const auto& first = fleet.devices[0];
    const auto& second = fleet.devices[1];
    Client one(device_settings(fleet.broker, first,
                               {"wg/v1/a/" + first.id.text() + "/down/#", topics::resync('a')}));
    Client two(device_settings(fleet.broker, second,
                               {"wg/v1/a/" + second.id.text() + "/down/#", topics::resync('a')}));
    REQUIRE(one.comes_up());
    REQUIRE(two.comes_up());

    CHECK(one.publish(topics::of(first.id, Channel::up_telemetry), "frame"));
    CHECK(ingest.receives(topics::of(first.id, Channel::up_telemetry), "frame"));

    CHECK(ingest.publish(topics::of(first.id, Channel::down_stored), "stored"));
    CHECK(one.receives(topics::of(first.id, Channel::down_stored), "stored"));
    CHECK(ingest.publish(topics::resync('a')));
    CHECK(one.receives(topics::resync('a')));
    CHECK(two.receives(topics::resync('a')));
    CHECK(two.received() == 1);

    CHECK_FALSE(ingest.publish(topics::of(first.id, Channel::up_telemetry)));
    CHECK_FALSE(ingest.publish(topics::of(first.id, Channel::status)));
    CHECK_FALSE(ingest.publish(topics::of(first.id, Channel::down_command)));
}

TEST_CASE("bridge hears presence and may say nothing", "[broker]") {
    Fleet fleet;
    Client bridge(service_settings(fleet.broker, "bridge", {topics::every_device(Channel::status)}));
    CHECK(bridge.comes_up());
    CHECK_FALSE(bridge.publish(topics::of(fleet.devices[0].id, Channel::down_stored)));
    CHECK_FALSE(bridge.publish(topics::resync('a')));
    Client nosy(service_settings(fleet.broker, "bridge", {topics::every_device('a', Channel::up_telemetry)}));
    CHECK_THAT(nosy.refusal(), Catch::Contains("mqtt.refused"));
}

TEST_CASE("nothing is retained but a device's own status", "[broker]") {
    Fleet fleet;
    const auto& who = fleet.devices[0];
    Client client(device_settings(fleet.broker, who));
    REQUIRE(client.comes_up());
    CHECK_FALSE(client.publish(topics::of(who.id, Channel::up_telemetry), "x", true));
    CHECK(client.publish(topics::of(who.id, Channel::status), "here", true));
    Client bridge(service_settings(fleet.broker, "bridge", {topics::every_device(Channel::status)}));
    CHECK(bridge.receives(topics::of(who.id, Channel::status), "here"));
    Client ingest(service_settings(fleet.broker, "ingest"));
    REQUIRE(ingest.comes_up());
    CHECK_FALSE(ingest.publish(topics::of(who.id, Channel::down_stored), "x", true));
}

TEST_CASE("a will is a device's own status and nothing else", "[broker]") {
    Fleet fleet;
    const auto& who = fleet.devices[0];
    const auto dies_with_will = [&](const std::string& topic) {
        // AUTH out of turn: the broker breaks the connection, so the will is due.
        const auto answer =
            say_raw(fleet.broker, who, mqtt_connect(5, who.id.text(), topic) + std::string("\xf0\x00", 2));
        CHECK(answer.substr(0, 1) == "\x20");
    };
    Client ingest(service_settings(
        fleet.broker, "ingest",
        {topics::every_device(Channel::up_telemetry), topics::every_device(Channel::status)}));
    REQUIRE(ingest.comes_up());
    dies_with_will(topics::of(who.id, Channel::up_telemetry));
    dies_with_will(topics::of(fleet.devices[1].id, Channel::status));
    dies_with_will(topics::of(fleet.devices[1].id, Channel::up_telemetry));
    dies_with_will(topics::of(who.id, Channel::status));
    CHECK(ingest.receives(topics::of(who.id, Channel::status), "w"));
    CHECK(ingest.received() == 1);
}

TEST_CASE("a clean goodbye leaves no will", "[broker]") {
    Fleet fleet;
    const auto& who = fleet.devices[0];
    Client bridge(service_settings(fleet.broker, "bridge", {topics::every_device(Channel::status)}));
    REQUIRE(bridge.comes_up());
    auto settings = device_settings(fleet.broker, who);
    settings.will = mqtt::Message{
        .topic = topics::of(who.id, Channel::status), .payload = {'g'}, .qos = 1, .retain = true};
    {
        Client client(settings);
        REQUIRE(client.comes_up());
    }
    Client second(device_settings(fleet.broker, who));
    REQUIRE(second.comes_up());
    CHECK(second.publish(topics::of(who.id, Channel::status), "after"));
    CHECK(bridge.receives(topics::of(who.id, Channel::status), "after"));
    CHECK(bridge.received() == 1);
}

// SPDX-License-Identifier: Apache-2.0
#include <condition_variable>
#include <mutex>

#include <catch2/catch.hpp>

#include "test/integration/broker/client.h"

using namespace watchglass;
using namespace watchglass::test;
using topics::Channel;

namespace {

struct OneDevice {
    TestBroker broker;
    EnrolledDevice device;

    OneDevice() : device(broker.make_device(device_id('k'))) {
        MemoryFeedStore store;
        store.allow(device);
        broker::FeedServer feed(broker.plugin_socket(), store);
        REQUIRE(feed.start());
        broker.hand_over(broker.plugin_socket());
        broker.start();
        REQUIRE(eventually([&] { return store.confirmed_through() == 1; }));
    }
};

}  // namespace

TEST_CASE("a session comes back by itself after the broker was killed", "[mqtt]") {
    OneDevice one;
    Client client(device_settings(one.broker, one.device, {topics::resync('k')}));
    REQUIRE(client.comes_up());
    one.broker.kill();
    REQUIRE(eventually([&] { return !client.session().connected(); }));
    const auto refused =
        client.session().publish({.topic = "x", .payload = {}, .qos = 1, .retain = false}, 1);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == mqtt::codes::not_connected);

    one.broker.start();
    REQUIRE(eventually([&] { return client.connections() == 2; }));
    Client ingest(service_settings(one.broker, "ingest"));
    REQUIRE(ingest.comes_up());
    CHECK(ingest.publish(topics::resync('k'), "again"));
    CHECK(client.receives(topics::resync('k'), "again"));
}

TEST_CASE("a session that is told to renew comes back on a new connection", "[mqtt]") {
    OneDevice one;
    Client client(device_settings(one.broker, one.device));
    REQUIRE(client.comes_up());
    client.session().renew();
    CHECK(eventually([&] { return client.connections() == 2 && client.session().connected(); }));
}

TEST_CASE("no more publishes are under way than the window allows, and all arrive in order", "[mqtt]") {
    OneDevice one;
    std::mutex mutex;
    std::condition_variable answered;
    int under_way = 0;
    int most = 0;
    int acknowledged = 0;
    bool refused_when_full = false;

    std::vector<std::string> heard;
    auto listener_settings =
        service_settings(one.broker, "ingest", {topics::every_device('k', Channel::up_telemetry)});
    mqtt::Events listening;
    listening.on_message = [&](mqtt::Message&& message) {
        const std::lock_guard lock(mutex);
        heard.emplace_back(as_text(message.payload));
    };
    auto listener = mqtt::make_paho_session(listener_settings, listening);
    REQUIRE(listener->start());
    REQUIRE(eventually([&] { return listener->connected(); }));

    auto settings = device_settings(one.broker, one.device);
    settings.window = 8;
    mqtt::Events events;
    events.on_published = [&](std::uint64_t, bool received) {
        const std::lock_guard lock(mutex);
        --under_way;
        if (received) ++acknowledged;
        answered.notify_one();
    };
    auto session = mqtt::make_paho_session(settings, events);
    REQUIRE(session->start());
    REQUIRE(eventually([&] { return session->connected(); }));

    constexpr int total = 2000;
    const auto topic = topics::of(one.device.id, Channel::up_telemetry);
    for (int i = 0; i < total;) {
        const auto text = std::to_string(i);
        const auto bytes = as_bytes(text);
        {
            const std::lock_guard lock(mutex);
            most = std::max(most, ++under_way);
        }
        const auto sent = session->publish(
            {.topic = topic, .payload = {bytes.begin(), bytes.end()}, .qos = 1, .retain = false},
            static_cast<std::uint64_t>(i));
        if (sent) {
            ++i;
            continue;
        }
        REQUIRE(sent.error().code == mqtt::codes::window_full);
        refused_when_full = true;
        std::unique_lock lock(mutex);
        --under_way;
        answered.wait_for(lock, patience, [&] { return under_way < 8; });
    }
    CHECK(eventually([&] {
        const std::lock_guard lock(mutex);
        return acknowledged == total && heard.size() == total;
    }));
    listener->stop(std::chrono::seconds{2});
    session->stop(std::chrono::seconds{2});
    CHECK(refused_when_full);
    CHECK(most <= 10);  // eight, the one that was refused, and the one whose answer is just being told
    REQUIRE(heard.size() == total);
    for (int i = 0; i < total; ++i) CHECK(heard[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("a broker under another name, or of another authority, is not talked to", "[mqtt]") {
    OneDevice one;
    auto settings = device_settings(one.broker, one.device);
    SECTION("another name") { settings.policy.host = "127.0.0.2"; }
    SECTION("another authority") { settings.policy.trust = one.broker.as_service("ingest").trust; }
    Client client(settings);
    CHECK_THAT(client.refusal(), Catch::Contains("mqtt.unreachable"));
    CHECK(client.connections() == 0);
}

TEST_CASE("an address in the server's certificate is as good as a name", "[mqtt]") {
    OneDevice one;
    auto settings = device_settings(one.broker, one.device);
    settings.policy.host = "127.0.0.1";
    settings.alpn = GENERATE(as<std::string>{}, "mqtt", "x-amzn-mqtt-ca");
    Client client(settings);
    CHECK(client.comes_up());
}

// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "test/integration/broker/client.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

/// A broker whose plugin is fed from memory.
struct FedBroker {
    TestBroker broker;
    MemoryFeedStore store;
    std::optional<broker::FeedServer> feed;

    FedBroker() {
        start_feed();
        broker.start();
    }
    void start_feed() {
        feed.emplace(broker.plugin_socket(), store);
        REQUIRE(feed->start());
        broker.hand_over(broker.plugin_socket());
    }
    void allow(const EnrolledDevice& device) {
        const auto n = store.allow(device);
        feed->wake();
        REQUIRE(eventually([&] { return store.confirmed_through() >= n; }));
    }
    void deny(const EnrolledDevice& device) {
        store.deny(device);
        feed->wake();
    }
    EnrolledDevice enrolled(char shard) {
        auto device = broker.make_device(device_id(shard));
        allow(device);
        return device;
    }
};

constexpr int admitted = 0x00;
constexpr int not_authorized = 0x87;

struct ByOpenssl {
    bool resumed = false;
    int reason = -1;    ///< of the CONNACK; -1: none came
    std::string words;  ///< what openssl said besides
};

/// Connects by MQTT 5 and leaves again, with these further arguments of `openssl s_client`.
ByOpenssl connect_by_openssl(const TestBroker& broker, const EnrolledDevice& device,
                             std::vector<std::string> tls) {
    tls.emplace_back("-ign_eof");
    const std::string disconnect("\xe0\x00", 2);
    ByOpenssl told;
    told.words = run_openssl(broker, device, mqtt_connect(5, device.id.text()) + disconnect, tls);
    told.resumed = told.words.find("Reused, TLSv1") != std::string::npos;
    // A CONNACK is the only thing with NULs in it: type, length, flags (0), reason.
    const auto flags = told.words.find('\0');
    if (flags != std::string::npos && flags >= 2 && told.words[flags - 2] == '\x20')
        told.reason = static_cast<unsigned char>(told.words[flags + 1]);
    return told;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a registered device comes in, an unknown one is refused with MQTT 5's reason", "[broker]") {
    FedBroker door;
    const auto known = door.enrolled('a');
    const auto unknown = door.broker.make_device(device_id('c'));

    Client client(device_settings(door.broker, known));
    CHECK(client.comes_up());
    Client stranger(device_settings(door.broker, unknown));
    const auto refusal = stranger.refusal();
    CHECK_THAT(refusal, Catch::Contains("mqtt.refused"));
    CHECK_THAT(refusal, Catch::Contains("135"));
    // The plugin itself said so: its callback runs.
    CHECK(eventually([&] { return contains(door.broker.log(), "broker.unknown_device"); }));
    CHECK(eventually([&] { return door.store.latest_counts().refused["broker.unknown_device"] >= 1; }));
    CHECK(door.store.latest_counts().admitted >= 1);
}

TEST_CASE("a device that enrolls while the broker runs comes in as soon as its number is confirmed",
          "[broker]") {
    FedBroker door;
    const auto device = door.broker.make_device(device_id('d'));
    Client early(device_settings(door.broker, device));
    CHECK_THAT(early.refusal(), Catch::Contains("mqtt.refused"));
    door.allow(device);
    CHECK(early.comes_up());
}

TEST_CASE("the client id must be the certificate's name", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto other = door.enrolled('e');
    auto settings = device_settings(door.broker, device);
    settings.client_id = other.id.text();
    Client impostor(settings);
    CHECK_THAT(impostor.refusal(), Catch::Contains("mqtt.refused"));
    CHECK(eventually([&] { return contains(door.broker.log(), "broker.wrong_client_id"); }));
}

TEST_CASE("a certificate with the right name but another fingerprint is refused", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto twin = door.broker.make_device(device.id);
    Client impostor(device_settings(door.broker, twin));
    CHECK_THAT(impostor.refusal(), Catch::Contains("mqtt.refused"));
}

TEST_CASE("two certificates of one device are good at once while it renews", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto renewed = door.broker.make_device(device.id);
    door.allow(renewed);
    Client next(device_settings(door.broker, renewed));
    CHECK(next.comes_up());
    door.deny(device);
    door.allow(door.broker.make_device(device_id('f')));  // the denial before it has arrived
    CHECK(next.session().connected());
    CHECK(next.losses() == 0);
}

TEST_CASE("an MQTT 3.1.1 client is refused even with a good certificate", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto answer = say_raw(door.broker, device, mqtt_connect(4, device.id.text()));
    CHECK(answer == std::string("\x20\x02\x00\x05", 4));  // CONNACK, not authorized
    CHECK(contains(door.broker.log(), "broker.old_protocol"));
}

TEST_CASE("the broker speaks only authenticated encryption", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    // Whoever gets as far as an answer to a CONNECT of MQTT 3.1.1 has a TLS session.
    const auto answers = [&](const std::vector<std::string>& tls) {
        return say_raw(door.broker, device, mqtt_connect(4, device.id.text()), tls).size() == 4;
    };
    CHECK(answers({"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"}));
    CHECK(answers({"-tls1_3"}));
    CHECK_FALSE(answers({"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"}));
    CHECK_FALSE(answers({"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"}));
    CHECK_FALSE(answers({"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}));
}

TEST_CASE("a denied device loses its live session and does not come back", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto bystander = door.enrolled('e');
    Client client(device_settings(door.broker, device));
    Client other(device_settings(door.broker, bystander));
    REQUIRE(client.comes_up());
    REQUIRE(other.comes_up());
    REQUIRE(eventually(
        [&] { return door.store.presence_of(device.id) && door.store.presence_of(device.id)->connected; }));

    door.deny(device);
    CHECK(contains(client.refusal(), "mqtt."));
    REQUIRE(eventually([&] { return client.losses() >= 3; }));
    CHECK(client.connections() == 1);
    CHECK(other.losses() == 0);
    REQUIRE(eventually([&] { return !door.store.presence_of(device.id)->connected; }));
    CHECK(door.store.presence_of(device.id)->reason == "denied");
}

TEST_CASE("known devices are served from the copy on disk while watchglass-bridged is away", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    const auto unknown = door.broker.make_device(device_id('c'));
    door.feed->stop();
    door.broker.kill();
    door.broker.start();

    Client client(device_settings(door.broker, device));
    CHECK(client.comes_up());
    Client stranger(device_settings(door.broker, unknown));
    CHECK_THAT(stranger.refusal(), Catch::Contains("mqtt.refused"));

    SECTION("and what was denied meanwhile is kicked when it is back") {
        door.store.deny(device);
        door.start_feed();
        REQUIRE(eventually([&] { return client.losses() >= 1; }));
        CHECK(eventually([&] { return door.store.confirmed_through() == 2; }));
    }
    SECTION("and who is connected is told when it is back") {
        door.start_feed();
        CHECK(eventually([&] {
            const auto presence = door.store.presence_of(device.id);
            return presence && presence->connected;
        }));
    }
}

TEST_CASE("a device that was denied does not come in by resuming its TLS session", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('r');
    const std::string version = GENERATE("-tls1_2", "-tls1_3");
    CAPTURE(version);
    const TemporaryDirectory scratch;
    const std::string session = scratch / "session.pem";
    const auto first = connect_by_openssl(door.broker, device, {version, "-sess_out", session});
    INFO(first.words);
    REQUIRE(first.reason == admitted);
    REQUIRE_FALSE(first.resumed);
    // While it is welcome the broker does resume, so that the refusal below is the plugin's.
    const auto again = connect_by_openssl(door.broker, device, {version, "-sess_in", session});
    INFO(again.words);
    CHECK(again.resumed);
    CHECK(again.reason == admitted);

    door.deny(device);
    REQUIRE(eventually([&] { return door.store.confirmed_through() == 2; }));
    const auto refused = connect_by_openssl(door.broker, device, {version, "-sess_in", session});
    INFO(refused.words);
    CHECK(refused.resumed);
    CHECK(refused.reason == not_authorized);
}

TEST_CASE("a device that goes is told as gone", "[broker]") {
    FedBroker door;
    const auto device = door.enrolled('a');
    {
        Client client(device_settings(door.broker, device));
        REQUIRE(client.comes_up());
    }
    CHECK(eventually([&] {
        const auto presence = door.store.presence_of(device.id);
        return presence && !presence->connected;
    }));
}

TEST_CASE("a service needs the service CA's certificate and its own client id", "[broker]") {
    FedBroker door;
    Client ingest(service_settings(door.broker, "ingest"));
    CHECK(ingest.comes_up());
    auto settings = service_settings(door.broker, "bridge");
    settings.client_id = "service-ingest-2";
    Client impostor(settings);
    CHECK_THAT(impostor.refusal(), Catch::Contains("mqtt.refused"));
}

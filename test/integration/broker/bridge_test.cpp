// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "libs/foundation/bytes.h"
#include "test/integration/broker/client.h"
#include "test/support/postgres.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

/// PostgreSQL, watchglass-bridged and the broker, as they stand on a machine.
struct Platform {
    TestDatabase database;
    TestBroker broker;
    std::optional<ChildProcess> bridged;

    Platform() {
        start_bridged();
        broker.start();
    }
    void start_bridged() {
        SpawnOptions options;
        options.argv = {std::string(std::getenv("WATCHGLASS_BUILD_DIR")) + "/bin/watchglass-bridged"};
        options.environment = {{"WATCHGLASS_POSTGRES_DSN", database.dsn("wg_bridge")},
                               {"WATCHGLASS_HTTP_SOCKET", broker.plugin_socket().string() + ".http"},
                               {"WATCHGLASS_BRIDGE_PLUGIN_SOCKET", broker.plugin_socket()},
                               {"WATCHGLASS_BUILD_DIR", ""},  // the test's own variables are no settings
                               {"WATCHGLASS_SOURCE_DIR", ""}};
        if (const auto user = broker_user()) {
            options.uid = user->first;
            options.gid = user->second;
        }
        auto spawned = ChildProcess::spawn(options);
        REQUIRE(spawned);
        bridged.emplace(*std::move(spawned));
    }
    void append(const EnrolledDevice& device, const std::string& op) const {
        database.run("SELECT watchglass.append_access_change('" + device.id.text() + "', '\\x" +
                     to_hex(device.fingerprint) + "', '" + op + "')");
    }
    [[nodiscard]] bool all_confirmed() const {
        return eventually([&] {
            return database.number(
                       "SELECT coalesce((SELECT min(confirmed_through) FROM watchglass.broker_access), "
                       "-1)") ==
                   database.number("SELECT coalesce((SELECT max(n) FROM watchglass.access_changes), 0)");
        });
    }
    [[nodiscard]] std::string presence(const EnrolledDevice& device) const {
        return database.value(
            "SELECT coalesce((SELECT p.state || ' ' || p.reason FROM watchglass.presence p"
            " JOIN watchglass.devices d USING (tenant, device) WHERE d.device_id = '" +
            device.id.text() + "'), 'never')");
    }
};

}  // namespace

TEST_CASE("what the registry commits decides who is connected, and presence comes back", "[bridge]") {
    Platform platform;
    CHECK(platform.all_confirmed());  // an empty list is confirmed too: enrollment may begin
    const auto device = platform.broker.make_device(device_id('m'));
    platform.database.add_device(device.id);
    platform.append(device, "allow");
    REQUIRE(platform.all_confirmed());

    Client client(device_settings(platform.broker, device));
    REQUIRE(client.comes_up());
    CHECK(client.losses() == 0);
    CHECK(eventually([&] { return platform.presence(device) == "connected admitted"; }));

    SECTION("a denial ends the live session") {
        platform.append(device, "deny");
        CHECK(eventually([&] { return client.losses() >= 1; }));
        CHECK(eventually([&] { return platform.presence(device) == "disconnected denied"; }));
        CHECK(client.connections() == 1);
    }
    SECTION("changes made while watchglass-bridged is away arrive when it is back") {
        CHECK(platform.bridged->terminate(std::chrono::seconds{5}).success());
        const auto second = platform.broker.make_device(device_id('n'));
        platform.append(second, "allow");
        platform.append(device, "deny");
        CHECK(client.session().connected());
        platform.start_bridged();
        REQUIRE(platform.all_confirmed());
        Client late(device_settings(platform.broker, second));
        CHECK(late.comes_up());
        CHECK(eventually([&] { return client.losses() >= 1; }));
    }
    SECTION("a broker that dies takes its devices' presence with it") {
        platform.broker.kill();
        CHECK(eventually([&] { return client.losses() >= 1; }));
        client.session().stop(std::chrono::seconds{1});
        platform.broker.start();
        CHECK(eventually([&] { return platform.presence(device) == "disconnected broker_restarted"; }));
    }
    SECTION("a database restored to before an enrollment withdraws it") {
        platform.database.run("DELETE FROM watchglass.access_current; DELETE FROM watchglass.access_changes");
        CHECK(eventually([&] { return client.losses() >= 1; }));
        CHECK(client.connections() == 1);
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/change_listener.h"
#include "broker-bridge/access/feed_server.h"
#include "broker-bridge/access/postgres_feed_store.h"
#include "libs/foundation/daemon.h"
#include "libs/foundation/service.h"
#include "libs/http/server.h"
#include "storage/migrations/migrator.h"

using namespace watchglass;

namespace {

constexpr Setting<std::string_view> http_socket{.name = "http.socket",
                                                .doc = "Unix socket of /healthz, /readyz and /metrics.",
                                                .fallback = "/run/watchglass/bridged.sock"};
constexpr Setting<std::string_view> plugin_socket{
    .name = "bridge.plugin_socket",
    .doc = "Unix socket on which the broker's plugin is served; plugin_opt_socket of mosquitto.conf.",
    .fallback = "/run/watchglass/broker-plugin.sock"};
constexpr Setting<std::string_view> broker_name{
    .name = "bridge.broker",
    .doc = "Names this broker in the database. Two brokers never share a name.",
    .fallback = "mosquitto"};

struct Settings {
    std::string dsn;
    std::size_t connections;
    std::string http_socket;
    std::string plugin_socket;
    std::string broker;
};

Settings read_settings(SettingsReader& reader) {
    return {.dsn = reader.get(storage::postgres_dsn),
            .connections = static_cast<std::size_t>(reader.get(storage::postgres_connections)),
            .http_socket = reader.get(http_socket),
            .plugin_socket = reader.get(plugin_socket),
            .broker = reader.get(broker_name)};
}

Result<void> serves(storage::ConnectionPool& pool, const broker::FeedServer& feed) {
    auto connection = pool.acquire();
    if (!connection) return failed(connection);
    if (auto fits = storage::require_database_version(**connection); !fits) return fits;
    if (!feed.plugin_connected())
        return failed(
            Failure{codes::unavailable, Next::retry_later, "The broker's plugin is not connected.", ""});
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    TerminationSignals signals;
    Daemon daemon{"watchglass-bridged", "Tells the broker who may connect, and the platform who is.", argc,
                  argv};
    const Settings settings = daemon.load(read_settings);

    metrics::Registry registry;
    storage::ConnectionPool pool{
        {.dsn = settings.dsn, .program = "watchglass-bridged", .connections = settings.connections}};
    broker::PostgresFeedStore store{pool, settings.broker, registry};
    broker::FeedServer feed{settings.plugin_socket, store};

    http::Router router;
    http::add_service_routes(router, registry, [&] {
        registry.gauge("watchglass_bridge_plugin_connected", "1 while the broker's plugin is connected.")
            .set(feed.plugin_connected() ? 1 : 0);
        return serves(pool, feed);
    });
    http::Server server{{.address = http::UnixSocketAddress{settings.http_socket}, .workers = 2},
                        std::move(router),
                        registry};
    if (const auto started = server.start(); !started)
        return exit_with("bridge.not_started", started.error());
    if (const auto started = feed.start(); !started) return exit_with("bridge.not_started", started.error());
    const broker::ChangeListener listener{settings.dsn, [&] { feed.wake(); }};

    notify_ready();
    return daemon.run_until(signals);
}

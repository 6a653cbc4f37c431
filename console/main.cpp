// SPDX-License-Identifier: Apache-2.0
#include "console/routes.h"
#include "libs/foundation/daemon.h"
#include "libs/foundation/service.h"
#include "libs/http/server.h"
#include "storage/migrations/migrator.h"

using namespace watchglass;

namespace {

constexpr Setting<std::string_view> http_socket{.name = "http.socket",
                                                .doc =
                                                    "Unix socket of the read API, where the front door sends "
                                                    "/api/v1, and of /healthz, /readyz and /metrics.",
                                                .fallback = "/run/watchglass/consoled.sock"};
constexpr Setting<std::int64_t> http_workers{.name = "http.workers",
                                             .doc = "Requests that are answered at the same time.",
                                             .fallback = 4,
                                             .least = 1,
                                             .most = 64};

struct Settings {
    std::string dsn;
    std::size_t connections;
    std::string socket;
    std::size_t workers;
};

Settings read_settings(SettingsReader& reader) {
    return {.dsn = reader.get(storage::postgres_dsn),
            .connections = static_cast<std::size_t>(reader.get(storage::postgres_connections)),
            .socket = reader.get(http_socket),
            .workers = static_cast<std::size_t>(reader.get(http_workers))};
}

Result<void> database_serves(storage::ConnectionPool& pool) {
    auto connection = pool.acquire();
    if (!connection) return failed(connection);
    return storage::require_database_version(**connection);
}

}  // namespace

int main(int argc, char** argv) {
    TerminationSignals signals;
    Daemon daemon{"watchglass-consoled",
                  "Answers what the platform knows: devices, latest, telemetry, live tail.", argc, argv};
    const Settings settings = daemon.load(read_settings);

    SystemClock clock;
    metrics::Registry registry;
    storage::ConnectionPool pool{
        {.dsn = settings.dsn, .program = "watchglass-consoled", .connections = settings.connections}};
    const console::Context context{pool, clock};
    console::TailHub hub{pool, registry};

    http::Router router;
    console::add_routes(router, context, hub);
    http::add_service_routes(router, registry, [&] { return database_serves(pool); });
    http::Server server{{.address = http::UnixSocketAddress{settings.socket}, .workers = settings.workers},
                        std::move(router),
                        registry};
    hub.start();
    if (const auto started = server.start(); !started)
        return exit_with("console.not_started", started.error());

    notify_ready();
    return daemon.run_until(signals);
}

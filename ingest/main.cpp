// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "ingest/housekeeping.h"
#include "ingest/service.h"
#include "ingest/settings.h"
#include "libs/foundation/daemon.h"
#include "libs/foundation/service.h"
#include "libs/http/server.h"

using namespace watchglass;

namespace {

ingest::OpenSession paho_sessions(const ingest::IngestSettings& settings) {
    return [&settings](ingest::Urgency urgency, std::vector<std::string> subscriptions, mqtt::Events events) {
        mqtt::SessionSettings session;
        session.policy.host = settings.broker_host;
        session.policy.port = settings.broker_port;
        session.policy.trust = security::TrustBundle{settings.broker_trust};
        session.policy.identity = security::ClientIdentity{settings.broker_certificate, settings.broker_key};
        session.client_id = settings.broker_client_id + (urgency == ingest::Urgency::alarm ? "-alarms" : "");
        session.subscriptions = std::move(subscriptions);
        // The broker's QoS 1 would only repeat what is lost with a link, which ends with it here: devices send again what
        // was not stored, whatever lost it. QoS 0 spares both sides an acknowledgement for each frame.
        session.subscription_qos = 0;
        session.window = 200;  // Stored goes at QoS 0, where the broker sets no limit
        session.reconnect_first = std::chrono::milliseconds{50};
        session.reconnect_most = std::chrono::milliseconds{2'000};
        return mqtt::make_paho_session(std::move(session), std::move(events));
    };
}

}  // namespace

int main(int argc, char** argv) {
    TerminationSignals signals;
    Daemon daemon{"watchglass-ingestd", "Takes frames from the broker and stores them.", argc, argv};
    const auto settings = daemon.load(ingest::read_ingest_settings);

    SystemClock clock;
    SystemRng rng;
    metrics::Registry registry;
    ingest::Meters meters{registry};
    storage::ConnectionPool pool{{.dsn = settings.dsn,
                                  .program = "watchglass-ingestd",
                                  .connections = static_cast<std::size_t>(settings.connections)}};
    ingest::IngestService service{
        {.pool = pool,
         .clock = clock,
         .rng = rng,
         .meters = meters,
         .open_session = paho_sessions(settings),
         .pause = {},
         .name = settings.broker_client_id,
         .queue_messages = settings.queue_messages,
         .batch = {.messages = settings.batch_frames, .samples = settings.batch_samples}}};
    ingest::HousekeepingMeters housekeeping_meters{registry};
    ingest::Housekeeping housekeeping{settings.dsn, clock, settings.housekeeping, housekeeping_meters};

    http::Router router;
    http::add_service_routes(router, registry, [&] { return service.ready(); });
    http::Server server{{.address = http::UnixSocketAddress{settings.http_socket}, .workers = 2},
                        std::move(router),
                        registry};
    if (const auto started = server.start(); !started)
        return exit_with("ingest.not_started", started.error());

    service.start();
    housekeeping.start();
    notify_ready();
    return daemon.run_until(signals);
}

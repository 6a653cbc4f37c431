// SPDX-License-Identifier: Apache-2.0
#include "provisioning/provisiond/service.h"

#include <thread>

#include "libs/foundation/file.h"
#include "libs/http/server.h"
#include "provisioning/api/endpoints.h"
#include "provisioning/est/endpoints.h"
#include "provisioning/life/crl_desk.h"
#include "storage/migrations/migrator.h"
#include "storage/postgres/codes.h"

namespace watchglass::provisioning {

using namespace std::chrono_literals;

namespace {

Result<PublicFace> public_face(const ProvisioningSettings& settings) {
    auto pem = read_file(settings.trust_bundle, 1u << 20);
    if (!pem) return failed(pem);
    const auto roots = security::Certificate::chain_from_pem(*pem);
    if (!roots) return failed(roots);
    return PublicFace{.host = settings.public_host,
                      .port = settings.public_port,
                      .trust_bundle_pem = std::move(*pem),
                      .root_pin = roots->front().public_key_digest()};
}

Result<void> ask_database(storage::ConnectionPool& database) {
    auto connection = database.acquire();
    if (!connection) return failed(connection);
    return storage::require_database_version(**connection);
}

http::ServerSettings server_settings(const ProvisioningSettings& settings) {
    http::ServerSettings server;
    server.address = http::UnixSocketAddress{settings.socket};
    server.workers = settings.workers;
    return server;
}

}  // namespace

struct ProvisioningService::Parts {
    Parts(const ProvisioningSettings& settings, PublicFace face, IssuingPipeline pipeline, const Clock& clock,
          Rng& rng, metrics::Registry& metrics)
        : database(
              {.dsn = settings.dsn, .program = "watchglass-provisiond", .connections = settings.connections}),
          signer(signer_at(settings.signer_socket)),
          issuance(*signer, clock, std::move(pipeline)),
          desk(database, issuance, clock),
          renewals(database, issuance, clock),
          broker(database),
          failures(clock, settings.failures_per_minute),
          crl(database, *signer, clock, metrics),
          context{database,
                  clock,
                  rng,
                  desk,
                  renewals,
                  *signer,
                  broker,
                  failures,
                  metrics,
                  std::move(face),
                  settings.ticket_lifetime,
                  settings.broker_patience,
                  settings.life_patience},
          server(server_settings(settings), routes(metrics), metrics) {}

    http::Router routes(metrics::Registry& metrics) {
        http::Router router;
        api::add_routes(router, context);
        est::add_routes(router, context);
        http::add_service_routes(router, metrics, [this] { return ask_database(database); });
        return router;
    }

    storage::ConnectionPool database;
    std::unique_ptr<Signer> signer;
    IssuanceDesk issuance;
    EnrollmentDesk desk;
    RenewalDesk renewals;
    BrokerConfirmations broker;
    FailureLimit failures;
    CrlDesk crl;
    Context context;
    http::Server server;  // last: it stops first
};

ProvisioningService::ProvisioningService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ProvisioningService::~ProvisioningService() { stop(); }

Result<std::unique_ptr<ProvisioningService>> ProvisioningService::open(const ProvisioningSettings& settings,
                                                                       const Clock& clock, Rng& rng,
                                                                       metrics::Registry& metrics) {
    auto face = public_face(settings);
    if (!face) return failed(face);
    auto pipeline = device_pipeline();
    if (!pipeline) return failed(pipeline);
    auto parts =
        std::make_unique<Parts>(settings, std::move(*face), std::move(*pipeline), clock, rng, metrics);
    return std::unique_ptr<ProvisioningService>(new ProvisioningService(std::move(parts)));
}

Result<void> ProvisioningService::start() {
    // The database may be starting at the same moment.
    auto asked = ask_database(parts_->database);
    for (int attempt = 0; attempt < 60 && !asked && asked.error().code == storage::codes::unreachable;
         ++attempt) {
        std::this_thread::sleep_for(1s);
        asked = ask_database(parts_->database);
    }
    if (!asked) return asked;
    parts_->broker.start();
    parts_->crl.start();
    return parts_->server.start();
}

void ProvisioningService::stop() {
    parts_->broker.stop();  // first: requests that wait for it end
    parts_->server.stop();
    parts_->crl.stop();
}

}  // namespace watchglass::provisioning

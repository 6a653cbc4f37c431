// SPDX-License-Identifier: Apache-2.0
#include "test/integration/provisioning/running_provisioning.h"

#include <catch2/catch.hpp>

#include "libs/foundation/file.h"
#include "libs/security/csr.h"
#include "schemas/values/ticket.h"
#include "storage/postgres/listener.h"

namespace watchglass::test {

using namespace std::chrono_literals;

namespace {

/// Made once: keys cost time, and no test changes it.
const certs::DevelopmentPki& shared_pki() {
    static const TemporaryDirectory directory;
    static const certs::DevelopmentPki pki =
        certs::make_development_pki(directory / "pki", {"gate.example"}, SystemClock{}).value();
    return pki;
}

provisioning::ProvisioningSettings settings(const RunningProvisioning& running, bool with_broker) {
    provisioning::ProvisioningSettings s;
    s.dsn = running.database.dsn("wg_provision");
    s.connections = 8;
    s.socket = running.directory / "provisiond.sock";
    s.signer_socket = running.directory / "signerd.sock";
    s.public_host = "gate.example";
    s.public_port = 8443;
    s.trust_bundle = running.pki.trust_bundle();
    s.broker_patience = with_broker ? std::chrono::milliseconds(patience) : 50ms;
    s.life_patience = s.broker_patience;
    s.failures_per_minute = 100;
    return s;
}

}  // namespace

ConfirmingBroker::ConfirmingBroker(const TestDatabase& database)
    : thread_([this, dsn = database.dsn("wg_bridge")] { run(dsn); }) {}

ConfirmingBroker::~ConfirmingBroker() {
    stopping_ = true;
    thread_.join();
}

void ConfirmingBroker::run(const std::string& dsn) {
    auto listener = storage::Listener::open(dsn, "test broker", {"watchglass_access"});
    auto connection = storage::Connection::open(dsn, "test broker");
    while (listener && connection && !stopping_) {
        const auto confirmed = connection->run(
            "WITH confirmed AS (INSERT INTO watchglass.broker_access (broker, confirmed_through) "
            "SELECT 'test', coalesce(max(n), 0) FROM watchglass.access_changes "
            "ON CONFLICT (broker) DO UPDATE SET confirmed_through = excluded.confirmed_through "
            "RETURNING 1) SELECT pg_notify('watchglass_access_confirmed', 'test') FROM confirmed");
        if (!confirmed || !listener->wait(100ms)) return;
    }
}

RunningProvisioning::RunningProvisioning(bool with_broker) : pki(shared_pki()) {
    if (with_broker) broker_ = std::make_unique<ConfirmingBroker>(database);
    signer_ =
        provisioning::SignerService::open({directory / "signerd.sock", pki.issuing()}, clock, signer_metrics_)
            .value();
    REQUIRE(signer_->start());
    service_ =
        provisioning::ProvisioningService::open(settings(*this, with_broker), clock, rng_, metrics_).value();
    REQUIRE(service_->start());
    administrator_ = certs::load_pair(pki.first_operator()).value().certificate;
    add_operator(*administrator_, "admin");
}

Answer RunningProvisioning::send(http::ClientRequest request,
                                 const std::optional<security::Certificate>& certificate,
                                 int verify_result) const {
    if (certificate) {
        request.headers.emplace_back("x-client-cert", to_base64(certificate->to_der()));
        request.headers.emplace_back("x-client-verify", std::to_string(verify_result));
    }
    request.headers.emplace_back("x-real-ip", "192.0.2.7");
    request.timeout = 2 * patience;
    http::Client client{directory / "provisiond.sock"};
    const auto response = client.send(request);
    if (!response) return {};
    return {response->status, json::parse(response->body).value_or(json::Value()), response->body,
            response->header("etag")};
}

Answer RunningProvisioning::post(const std::string& path, const json::Value& body,
                                 const std::vector<std::pair<std::string, std::string>>& more) const {
    http::ClientRequest request{.method = "POST", .target = path, .headers = more, .body = body.dump()};
    request.headers.emplace_back("content-type", "application/json");
    return send(std::move(request), administrator_);
}

Answer RunningProvisioning::get(const std::string& path) const {
    return send({.target = path}, administrator_);
}

std::string RunningProvisioning::register_device(const std::string& serial) const {
    const auto answer =
        post("/v1/devices", json::Value::object({{"site", "Basel"}, {"model", "TC-9"}, {"serial", serial}}));
    INFO(answer.text);
    REQUIRE(answer.status == 201);
    return answer.body.text("device").value();
}

std::string RunningProvisioning::ticket_secret(const std::string& device) const {
    const auto answer = post("/v1/devices/" + device + "/tickets", json::Value::object());
    INFO(answer.text);
    REQUIRE(answer.status == 201);
    return to_hex(parse_ticket(answer.body.text("ticket").value()).value().secret);
}

Answer RunningProvisioning::enroll(const std::string& secret, const std::string& csr) const {
    http::ClientRequest request{.method = "POST",
                                .target = "/v1/enroll",
                                .headers = {{"content-type", "application/json"}},
                                .body = json::Value::object({{"secret", secret}, {"csr", csr}}).dump()};
    return send(std::move(request), std::nullopt);
}

std::string RunningProvisioning::csr(const security::PrivateKey& key) {
    return security::make_csr_pem(key, "whatever").value();
}

security::Certificate RunningProvisioning::new_operator_certificate() const {
    const auto profile = certs::builtin_profile("operator").value();
    const auto issuer = certs::load_pair(pki.operator_ca()).value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    return certs::issue(profile, {"operator", {}, {}}, key, issuer, clock.wall()).value();
}

void RunningProvisioning::add_operator(const security::Certificate& certificate, const std::string& role,
                                       const std::string& tenant) const {
    const auto file = directory / ("operator-" + to_hex(certificate.fingerprint()) + ".crt");
    REQUIRE(write_file_atomically(file, certificate.to_pem()));
    REQUIRE(provisioning::add_operator(
        database.dsn("wg_provision"),
        {.name = role + "-somebody", .role = role, .certificate = file, .tenant = tenant}));
}

}  // namespace watchglass::test

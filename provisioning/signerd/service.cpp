// SPDX-License-Identifier: Apache-2.0
#include "provisioning/signerd/service.h"

#include "libs/http/server.h"
#include "provisioning/issuing/signing_desk.h"

namespace watchglass::provisioning {

namespace {

constexpr Setting<std::string_view> http_socket{.name = "http.socket",
                                                .doc =
                                                    "Unix socket where watchglass-provisiond asks for "
                                                    "signatures; whoever can open it can have instruments' "
                                                    "certificates signed.",
                                                .fallback = "/run/watchglass/signerd.sock"};
constexpr Setting<std::string_view> signer_certificate{
    .name = "signer.certificate",
    .doc = "The issuing authority's certificate (PEM), followed by those between it and the root.",
    .fallback = "/etc/watchglass/issuing.crt"};
constexpr Setting<std::string_view> signer_key{
    .name = "signer.key_file",
    .doc = "Its private key (PEM, 0600). Only this program needs to read it.",
    .fallback = "/etc/watchglass/issuing.key"};

http::ServerSettings server_settings(const SignerSettings& settings) {
    http::ServerSettings server;
    server.address = http::UnixSocketAddress{settings.socket};
    server.workers = 2;
    server.body_limit = 32u << 20;  // some hundred thousand entries of a revocation list
    server.behind_front_door = false;
    return server;
}

}  // namespace

SignerSettings read_signer_settings(SettingsReader& reader) {
    SignerSettings settings;
    settings.socket = reader.get(http_socket);
    settings.issuer.certificate = reader.get(signer_certificate);
    settings.issuer.key = reader.get(signer_key);
    return settings;
}

struct SignerService::Parts {
    Parts(const SignerSettings& settings, SigningDesk opened, metrics::Registry& metrics)
        : desk(std::move(opened)), server(server_settings(settings), routes(metrics), metrics) {}

    http::Router routes(metrics::Registry& metrics) {
        http::Router router;
        router.add("POST", "/sign", [this](const http::Request& request) { return desk.answer(request); });
        router.add("POST", "/crl", [this](const http::Request& request) { return desk.answer_crl(request); });
        router.add("GET", "/authorities", [this](const http::Request&) {
            return http::text(200, "application/pem-certificate-chain", *desk.authorities_pem());
        });
        http::add_service_routes(router, metrics, [] { return Result<void>{}; });
        return router;
    }

    SigningDesk desk;
    http::Server server;
};

SignerService::SignerService(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SignerService::~SignerService() { stop(); }

Result<std::unique_ptr<SignerService>> SignerService::open(const SignerSettings& settings, const Clock& clock,
                                                           metrics::Registry& metrics) {
    auto desk = SigningDesk::open(settings.issuer, clock);
    if (!desk) return failed(desk);
    auto parts = std::make_unique<Parts>(settings, std::move(*desk), metrics);
    return std::unique_ptr<SignerService>(new SignerService(std::move(parts)));
}

Result<void> SignerService::start() { return parts_->server.start(); }
void SignerService::stop() { parts_->server.stop(); }

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "provisioning/provisiond/service.h"
#include "storage/postgres/connection.h"

namespace watchglass::provisioning {

using namespace std::chrono_literals;

namespace {

constexpr Setting<std::string_view> http_socket{
    .name = "http.socket",
    .doc = "Unix socket where the front door reaches this service.",
    .fallback = "/run/watchglass/provisiond.sock"};
constexpr Setting<std::int64_t> http_workers{
    .name = "http.workers",
    .doc = "Requests handled at once. An enrollment holds one while it waits for the broker.",
    .fallback = 16,
    .least = 1,
    .most = 256};
constexpr Setting<std::string_view> signer_socket{.name = "signer.socket",
                                                  .doc = "Unix socket of watchglass-signerd.",
                                                  .fallback = "/run/watchglass/signerd.sock"};
constexpr Setting<std::string_view> public_host{
    .name = "public.host",
    .doc = "Name or address under which instruments reach the one public port; it goes into tickets.",
    .fallback = "",
    .required = true};
constexpr Setting<std::int64_t> public_port{
    .name = "public.port", .doc = "That port.", .fallback = 443, .least = 1, .most = 65535};
constexpr Setting<std::string_view> trust_bundle{
    .name = "trust.bundle",
    .doc = "PEM file of the roots that instruments trust; the first one's public key is pinned by tickets.",
    .fallback = "/etc/watchglass/trust-bundle.pem"};
constexpr Setting<std::chrono::milliseconds> ticket_lifetime{
    .name = "enrollment.ticket_lifetime",
    .doc = "How long an enrollment ticket can be used.",
    .fallback = 24h,
    .least = 1min,
    .most = 30 * 24h};
constexpr Setting<std::chrono::milliseconds> broker_patience{
    .name = "enrollment.broker_patience",
    .doc = "How long an enrollment waits for the broker to know the new certificate.",
    .fallback = 10s,
    .least = 0s,
    .most = 60s};
constexpr Setting<std::chrono::milliseconds> life_patience{
    .name = "life.broker_patience",
    .doc =
        "How long the answer to suspend, reinstate, revoke or retire waits for the broker to have taken it "
        "in.",
    .fallback = 1s,
    .least = 0s,
    .most = 10s};
constexpr Setting<std::int64_t> failures_per_minute{
    .name = "enrollment.failures_per_minute",
    .doc = "Failed enrollments from one address before it has to wait.",
    .fallback = 60,
    .least = 1,
    .most = 1'000'000};

// Handlers wait for PostgreSQL more than they compute, so the usual number of connections would hold them up.
constexpr Setting<std::int64_t> connections = [] {
    auto setting = storage::postgres_connections;
    setting.fallback = 8;
    return setting;
}();

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

}  // namespace

ProvisioningSettings read_provisioning_settings(SettingsReader& reader) {
    ProvisioningSettings settings;
    settings.dsn = reader.get(storage::postgres_dsn);
    settings.connections = static_cast<std::size_t>(reader.get(connections));
    settings.socket = reader.get(http_socket);
    settings.workers = static_cast<std::size_t>(reader.get(http_workers));
    settings.signer_socket = reader.get(signer_socket);
    settings.public_host = lower(reader.get(public_host));
    settings.public_port = static_cast<std::uint16_t>(reader.get(public_port));
    settings.trust_bundle = reader.get(trust_bundle);
    settings.ticket_lifetime = reader.get(ticket_lifetime);
    settings.broker_patience = reader.get(broker_patience);
    settings.life_patience = reader.get(life_patience);
    settings.failures_per_minute = reader.get(failures_per_minute);
    return settings;
}

}  // namespace watchglass::provisioning

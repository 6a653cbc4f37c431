// SPDX-License-Identifier: Apache-2.0
#include "ingest/settings.h"

#include "storage/postgres/connection.h"

namespace watchglass::ingest {
namespace {

constexpr Setting<std::string_view> broker_host{
    .name = "broker.host",
    .doc = "Name or address of the broker's listener for services; its certificate must name it.",
    .fallback = "127.0.0.1"};
constexpr Setting<std::int64_t> broker_port{.name = "broker.port",
                                            .doc = "Port of the broker's listener for services.",
                                            .fallback = 8884,
                                            .least = 1,
                                            .most = 65'535};
constexpr Setting<std::string_view> broker_trust{
    .name = "broker.trust_file",
    .doc = "Root certificates (PEM) that the broker's certificate must lead to.",
    .fallback = "/etc/watchglass/pki/service-ca.pem"};
constexpr Setting<std::string_view> broker_certificate{
    .name = "broker.certificate_file",
    .doc = "Our service certificate (PEM, with its chain); it gives the right to publish down/stored.",
    .fallback = "/etc/watchglass/pki/service-ingest.pem"};
constexpr Setting<std::string_view> broker_key{
    .name = "broker.key_file",
    .doc = "The private key of our service certificate (PEM, mode 0600).",
    .fallback = "/etc/watchglass/pki/service-ingest.key"};
constexpr Setting<std::string_view> broker_client_id{
    .name = "broker.client_id",
    .doc = "MQTT client id: service-ingest- and something that no other ingestd of this broker uses.",
    .fallback = "service-ingest-1"};
constexpr Setting<std::int64_t> queue_messages{.name = "ingest.queue_messages",
                                               .doc =
                                                   "Messages that may wait to be stored, alarms and the rest "
                                                   "each. When so many wait, or 32 MiB of them, taking "
                                                   "from the broker stops.",
                                               .fallback = 10'000,
                                               .least = 1,
                                               .most = 100'000};
constexpr Setting<std::int64_t> batch_frames{.name = "ingest.batch_frames",
                                             .doc =
                                                 "Most frames in one transaction. Fewer are committed at "
                                                 "once when no more wait.",
                                             .fallback = 2'500,
                                             .least = 1,
                                             .most = 20'000};
constexpr Setting<std::int64_t> batch_samples{.name = "ingest.batch_samples",
                                              .doc =
                                                  "Most readings in one transaction, and a few more: what a "
                                                  "commit takes bounds how long an instrument waits for its "
                                                  "answer under load.",
                                              .fallback = 100'000,
                                              .least = 1,
                                              .most = 2'000'000};
constexpr Setting<std::string_view> http_socket{.name = "http.socket",
                                                .doc = "Unix socket for /healthz, /readyz and /metrics.",
                                                .fallback = "/run/watchglass/ingestd.sock"};

}  // namespace

IngestSettings read_ingest_settings(SettingsReader& reader) {
    return {.dsn = reader.get(storage::postgres_dsn),
            .connections = reader.get(storage::postgres_connections),
            .broker_host = reader.get(broker_host),
            .broker_port = static_cast<std::uint16_t>(reader.get(broker_port)),
            .broker_trust = reader.get(broker_trust),
            .broker_certificate = reader.get(broker_certificate),
            .broker_key = reader.get(broker_key),
            .broker_client_id = reader.get(broker_client_id),
            .queue_messages = static_cast<std::size_t>(reader.get(queue_messages)),
            .batch_frames = static_cast<std::size_t>(reader.get(batch_frames)),
            .batch_samples = static_cast<std::size_t>(reader.get(batch_samples)),
            .http_socket = reader.get(http_socket),
            .housekeeping = read_housekeeping_settings(reader)};
}

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/enroll/enrollment.h"

#include <system_error>

#include "libs/foundation/file.h"
#include "libs/http/client.h"
#include "libs/security/certificate.h"
#include "libs/security/csr.h"
#include "libs/security/keys.h"
#include <watchglass/enroll.h>

namespace watchglass::device {
namespace {

/// The key of an enrollment that was begun and not finished, or a new one, on disk before anything is sent.
Result<security::PrivateKey> pending_key(const IdentityDirectory& directory) {
    std::error_code error;
    if (std::filesystem::exists(directory.pending_key(), error)) {
        return security::PrivateKey::load(directory.pending_key());
    }
    auto key = security::PrivateKey::generate(security::KeyKind::ec_p256);
    if (!key) return key;
    if (auto saved = key->save(directory.pending_key()); !saved) return failed(saved);
    return key;
}

Result<Endpoint> endpoint_of(const json::Value& answer, std::string_view member,
                             const EnrollmentTicket& ticket, std::string_view alpn) {
    const json::Value* part = answer.find(member);
    Endpoint endpoint{ticket.host, ticket.port, std::string{alpn}};
    if (part == nullptr) return endpoint;
    endpoint.host = part->text_or("host", ticket.host);
    if (!alpn.empty()) endpoint.alpn = part->text_or("alpn", alpn);
    if (const auto port = part->integer("port"); port && *port >= 1 && *port <= 65535) {
        endpoint.port = static_cast<std::uint16_t>(*port);
    }
    return endpoint;
}

/// The certificate must be over our key: anything else could never be used, and hides a mistake.
Result<void> check_chain(const std::string& chain, const security::PrivateKey& key) {
    const auto certificates = security::Certificate::chain_from_pem(chain);
    if (!certificates) return failed(certificates);
    if (certificates->empty() || certificates->front().public_key_digest() != key.public_key_digest()) {
        return failed(Failure{json::codes::unexpected,
                              Next::tell_operator,
                              "The certificate in the answer is for another key.",
                              {}});
    }
    return {};
}

}  // namespace

Result<Identity> enroll_with(const EnrollmentTicket& ticket, const IdentityDirectory& directory,
                             const EnrollCall& call) {
    if (auto ready = directory.prepare(); !ready) return failed(ready);
    const auto key = pending_key(directory);
    if (!key) return failed(key);
    // The platform takes the key and nothing else from a request; the name only has to be there.
    const auto csr = security::make_csr_pem(*key, "watchglass-device");
    if (!csr) return failed(csr);

    const auto answer = call(json::Value::object({{"secret", to_hex(ticket.secret)}, {"csr", *csr}}));
    if (!answer) return failed(answer);
    const auto device = answer->text("device");
    if (!device) return failed(device);
    auto id = DeviceId::parse(*device);
    if (!id) return failed(id);
    const auto chain = answer->text("certificate_chain");
    if (!chain) return failed(chain);
    const auto trust = answer->text("trust_bundle");
    if (!trust) return failed(trust);
    if (auto good = check_chain(*chain, *key); !good) return failed(good);
    auto mqtt = endpoint_of(*answer, "mqtt", ticket, "mqtt");
    auto https = endpoint_of(*answer, "https", ticket, "");

    // identity.json goes first and comes last, and the pending key goes after it: stopped anywhere in between, there is
    // no half identity, and the same call finishes.
    const Identity identity{std::move(*id), std::move(*mqtt), std::move(*https)};
    std::error_code ignored;
    std::filesystem::remove(directory.document(), ignored);
    if (auto saved = write_file_atomically(directory.chain(), *chain, 0644); !saved) return failed(saved);
    if (auto saved = write_file_atomically(directory.trust(), *trust, 0644); !saved) return failed(saved);
    if (auto saved = key->save(directory.key()); !saved) return failed(saved);
    if (auto saved = directory.save(identity); !saved) return failed(saved);
    std::filesystem::remove(directory.pending_key(), ignored);
    return identity;
}

Result<std::string> enroll(std::string_view text, const EnrollOptions& options) {
    const auto ticket = parse_ticket(text);
    if (!ticket) return failed(ticket);
    const IdentityDirectory directory{options.directory};
    if (!options.replace) {
        if (const auto existing = directory.load()) return existing->device.text();
    }

    security::ConnectionPolicy policy;
    policy.host = ticket->host;
    policy.port = ticket->port;
    policy.trust = security::RootPin{{ticket->root_pin.begin(), ticket->root_pin.end()}};
    policy.proxy = options.proxy;
    http::Client client{policy};
    const auto identity = enroll_with(*ticket, directory, [&](const json::Value& request) {
        return client.call("POST", "/v1/enroll", request);
    });
    if (!identity) return failed(identity);
    return identity->device.text();
}

}  // namespace watchglass::device

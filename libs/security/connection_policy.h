// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"

/// How to reach the platform: one description that feeds every client (MQTT, REST, upload), so that none of them can
/// be more trusting than the others.
namespace watchglass::security {

/// Trust in the certificates of a file (PEM, one or more roots).
struct TrustBundle {
    std::filesystem::path file;
};
/// Trust in the one root whose public key (SubjectPublicKeyInfo, DER) has this SHA-256: first contact by an
/// enrollment ticket. The server must send its root in the handshake.
struct RootPin {
    std::vector<std::uint8_t> sha256;
};

/// Who we are: PEM files. The key file is 0600.
struct ClientIdentity {
    std::filesystem::path certificate_chain;
    std::filesystem::path private_key;
};

/// The customer's HTTP proxy. The environment's https_proxy is never used silently.
struct HttpProxy {
    std::string host;
    std::uint16_t port = 0;
    std::string user;
    std::string password;
};

struct ConnectionPolicy {
    std::string host;  ///< DNS name or address; must match the server's certificate
    std::uint16_t port = 443;
    std::variant<TrustBundle, RootPin> trust;
    std::optional<ClientIdentity> identity;
    std::optional<HttpProxy> proxy;
    /// Certificates are checked against this time instead of the machine's clock: for a device whose clock is
    /// only a floor. Verification is never switched off.
    std::optional<WallTime> verification_time;
};

}  // namespace watchglass::security

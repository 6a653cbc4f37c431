// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace watchglass::security {

/// What we speak under TLS 1.2, as OpenSSL's cipher list: only forward secrecy with authenticated encryption. The front
/// door and the broker have the same list (deploy/).
inline constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

/// Makes a client's TLS context trust exactly what the policy says, instead of whatever it trusted before:
///
/// - TrustBundle: only the roots in the file.
/// - RootPin: only a self-signed certificate that the server sends and whose public key has the pinned SHA-256;
///   chain, validity and purpose are then verified as always.
///
/// `verification_time`, if set, replaces the machine's clock. TLS 1.2 is the least version, with tls12_ciphers.
/// Checking the host name stays with the caller (libcurl does it). Fails with security.trust_unusable; the context must not be used then.
Result<void> apply_client_trust(ssl_ctx_st* context, const ConnectionPolicy& policy);

/// For clients whose TLS context we cannot reach (Paho): every server certificate that this process verifies, by whoever,
/// is checked against `time` instead of the machine's clock; nothing goes back to the clock. Call it before
/// the client is created, and only while the clock is a mere floor. Thread-safe against itself, not against handshakes
/// that start at the same moment.
Result<void> set_process_verification_time(std::optional<WallTime> time);

}  // namespace watchglass::security

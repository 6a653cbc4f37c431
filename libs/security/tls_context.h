// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace watchglass::security {

/// Makes a client's TLS context trust exactly what the policy says, instead of whatever it trusted before:
///
/// - TrustBundle: only the roots in the file.
/// - RootPin: only a self-signed certificate that the server sends and whose public key has the pinned SHA-256;
///   chain, validity and purpose are then verified as always.
///
/// `verification_time`, if set, replaces the machine's clock. TLS 1.2 is the least version. Checking the host name
/// stays with the caller (libcurl does it). Fails with security.trust_unusable; the context must not be used then.
Result<void> apply_client_trust(ssl_ctx_st* context, const ConnectionPolicy& policy);

/// For clients whose TLS context we cannot reach (Paho): every server certificate that this process verifies, by whoever,
/// is checked against `time` instead of the machine's clock; nothing goes back to the clock. Call it before
/// the client is created, and only while the clock is a mere floor. Thread-safe against itself, not against handshakes
/// that start at the same moment.
Result<void> set_process_verification_time(std::optional<WallTime> time);

}  // namespace watchglass::security

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/security/keys.h"

namespace watchglass::security {

namespace codes {
inline constexpr Code csr_malformed{"csr.malformed", "The certificate request could not be read.",
                                    "Send a PKCS#10 request in PEM or DER."};
inline constexpr Code csr_no_possession{"csr.no_possession",
                                        "The request is not signed by the key it contains.",
                                        "Make the request on the device that holds the private key."};
inline constexpr Code csr_weak_key{"csr.weak_key", "The key in the request is not strong enough.",
                                   "Use ECDSA P-256 or P-384, or RSA with 2048 bits or more."};
}  // namespace codes

/// A PKCS#10 request (RFC 2986) over this key. The platform takes nothing but the key from it.
Result<std::string> make_csr_pem(const PrivateKey& key, const std::string& common_name);

/// What the platform takes from a request: a public key that its sender holds.
struct CertificateRequest {
    Bytes public_key_der;      ///< SubjectPublicKeyInfo
    Sha256 public_key_digest;  ///< SHA-256 of that
};
/// PEM or DER; at most 16 KiB; checks the self-signature and the key's strength.
Result<CertificateRequest> read_csr(ByteSpan pem_or_der);

/// A SubjectPublicKeyInfo in DER, nothing behind it, of a key that is strong enough: csr.malformed, csr.weak_key.
Result<void> check_public_key(ByteSpan der);

}  // namespace watchglass::security

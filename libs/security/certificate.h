// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/csr.h"
#include "libs/security/keys.h"

struct x509_st;  // OpenSSL's X509

namespace watchglass::security {

/// An X.509 certificate. Shared, immutable, thread-safe.
class Certificate {
public:
    static Result<Certificate> from_pem(std::string_view pem);
    static Result<Certificate> from_der(ByteSpan der);
    /// Shares OpenSSL's object: its reference count goes up, the caller keeps its own reference.
    static Certificate from_native(x509_st* certificate);
    /// Takes the caller's reference: for callers that may not know how to free it.
    static Certificate adopt(x509_st* certificate);
    /// Every certificate of a PEM text, in order; at least one, none of them damaged.
    static Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);

    [[nodiscard]] std::string to_pem() const;
    [[nodiscard]] Bytes to_der() const;
    [[nodiscard]] Sha256 fingerprint() const;             ///< SHA-256 of the whole certificate in DER
    [[nodiscard]] Sha256 public_key_digest() const;       ///< SHA-256 of the SubjectPublicKeyInfo in DER
    [[nodiscard]] std::string common_name() const;        ///< empty when there is none
    [[nodiscard]] std::vector<std::string> uris() const;  ///< SAN URIs
    [[nodiscard]] bool names_host(const std::string& host) const;  ///< a SAN covers this DNS name or address
    [[nodiscard]] std::string serial_hex() const;
    [[nodiscard]] WallTime not_before() const;
    [[nodiscard]] WallTime not_after() const;
    [[nodiscard]] bool issued_by(
        const Certificate& issuer) const;  ///< names match and the signature verifies
    [[nodiscard]] x509_st* native() const { return certificate_.get(); }

private:
    explicit Certificate(std::shared_ptr<x509_st> certificate) : certificate_(std::move(certificate)) {}
    std::shared_ptr<x509_st> certificate_;
};

/// Everything in a certificate that is not the key: decided by a profile and the registry, never by a request.
struct CertificateShape {
    std::string common_name;
    std::vector<std::string> uris;
    std::vector<std::string> dns_names;  ///< servers; an IPv4 or IPv6 address becomes an IP SAN
    bool authority = false;              ///< CA: basicConstraints CA, keyCertSign and cRLSign
    int path_length = 0;                 ///< CAs only
    bool client_auth = false;
    bool server_auth = false;
    WallTime not_before;
    WallTime not_after;
};

/// Signs a certificate over `public_key_der` with a fresh 128-bit random serial. `issuer` null: self-signed, and then
/// the key must be `issuer_key`'s own. Times are cut to whole seconds. A CA's key usage is certificate and CRL
/// signing, everybody else's digital signature. Fails with security.crypto_failed.
Result<Certificate> sign_certificate(const CertificateShape& shape, ByteSpan public_key_der,
                                     const PrivateKey& issuer_key, const Certificate* issuer);
/// The SubjectPublicKeyInfo of a key, for certificates that need no request.
Bytes public_key_der(const PrivateKey& key);

}  // namespace watchglass::security

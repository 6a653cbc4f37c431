// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/certificate.h"
#include "libs/security/keys.h"

struct X509_crl_st;  // OpenSSL's X509_CRL

namespace watchglass::security {

struct RevokedSerial {
    std::string serial_hex;  ///< as Certificate::serial_hex()
    WallTime revoked_at;     ///< cut to whole seconds
    friend bool operator==(const RevokedSerial&, const RevokedSerial&) = default;
};

/// Everything in a certificate revocation list that its issuer decides.
struct CrlShape {
    std::int64_t number = 0;  ///< rises with each list of an issuer
    WallTime this_update;     ///< cut to whole seconds, as is the next
    WallTime next_update;
    std::vector<RevokedSerial> revoked;
};

/// A certificate revocation list (RFC 5280, section 5). Shared, immutable, thread-safe.
class Crl {
public:
    static Result<Crl> from_der(ByteSpan der);

    [[nodiscard]] Bytes to_der() const;
    [[nodiscard]] std::string to_pem() const;
    [[nodiscard]] std::int64_t number() const;  ///< 0 when it has none
    [[nodiscard]] WallTime this_update() const;
    [[nodiscard]] WallTime next_update() const;
    [[nodiscard]] std::vector<RevokedSerial> revoked() const;  ///< in the order of the list
    [[nodiscard]] bool issued_by(
        const Certificate& issuer) const;  ///< names match and the signature verifies

private:
    friend Result<Crl> sign_crl(const CrlShape& shape, const PrivateKey& issuer_key,
                                const Certificate& issuer);
    explicit Crl(std::shared_ptr<X509_crl_st> crl) : crl_(std::move(crl)) {}
    std::shared_ptr<X509_crl_st> crl_;
};

/// Version 2, with the list's number and the issuer's key identifier, sorted by serial. Fails with
/// security.crypto_failed, also for a serial that is no hexadecimal number of at most 20 bytes.
Result<Crl> sign_crl(const CrlShape& shape, const PrivateKey& issuer_key, const Certificate& issuer);

}  // namespace watchglass::security

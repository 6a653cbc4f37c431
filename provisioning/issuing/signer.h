// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/json/json.h"
#include "libs/security/certificate.h"
#include "libs/security/crl.h"

namespace watchglass::provisioning {

/// What goes to the signer: everything that will be in the certificate.
struct SigningRequest {
    std::string profile;
    security::CertificateShape shape;
    Bytes public_key_der;
};

struct SignedChain {
    security::Certificate certificate;
    std::string chain_pem;  ///< the certificate, then the authorities up to but without the root
};

/// What goes to the signer for a revocation list: when it is good is the signer's to say.
struct CrlRequest {
    std::int64_t number = 0;
    std::vector<security::RevokedSerial> revoked;
};

/// Whoever holds the issuing key. Thread-safe.
class Signer {
public:
    virtual ~Signer() = default;
    virtual Result<SignedChain> sign(const SigningRequest& request) = 0;
    virtual Result<security::Crl> sign_crl(const CrlRequest& request) = 0;
    /// What follows a certificate in its chain, in PEM.
    virtual Result<std::string> authorities_pem() = 0;
};

/// signerd behind its Unix socket. It fails with issue.signer_away, or with signerd's own refusal.
std::unique_ptr<Signer> signer_at(std::filesystem::path unix_socket);

// The form of POST /sign: times as RFC 3339, the key as base64.
json::Value to_json(const SigningRequest& request);
Result<SigningRequest> signing_request_from(const json::Value& document);

// The form of POST /crl: times as RFC 3339, serials in hexadecimal.
json::Value to_json(const CrlRequest& request);
Result<CrlRequest> crl_request_from(const json::Value& document);

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "certs/authority.h"
#include "certs/profile.h"
#include "libs/foundation/clock.h"
#include "libs/http/message.h"
#include "provisioning/issuing/signer.h"

namespace watchglass::provisioning {

/// The inside of signerd: holds the issuing key, and signs certificates for instruments and the list of those that were
/// revoked, nothing else.
///
/// It believes nothing that it is told: whoever takes over provisiond still gets no authority, no server and no
/// certificate that lives longer than the profile says. Thread-safe.
class SigningDesk final : public Signer {
public:
    /// `issuer`'s certificate file may hold more authorities up to the root; all of them are delivered.
    static Result<SigningDesk> open(const certs::PairFiles& issuer, const Clock& clock);

    Result<SignedChain> sign(const SigningRequest& request) override;
    /// It begins now and is good for as long as the issuing authority's profile says.
    Result<security::Crl> sign_crl(const CrlRequest& request) override;
    Result<std::string> authorities_pem() override { return authorities_pem_; }
    /// POST /sign.
    http::Response answer(const http::Request& request);
    /// POST /crl.
    http::Response answer_crl(const http::Request& request);

private:
    SigningDesk(certs::Pair issuer, std::string authorities_pem, certs::CertificateProfile profile,
                Microseconds crl_lifetime, const Clock& clock)
        : issuer_(std::move(issuer)),
          authorities_pem_(std::move(authorities_pem)),
          profile_(std::move(profile)),
          crl_lifetime_(crl_lifetime),
          clock_(&clock) {}
    [[nodiscard]] Result<void> check(const SigningRequest& request) const;

    certs::Pair issuer_;
    std::string authorities_pem_;
    certs::CertificateProfile profile_;
    Microseconds crl_lifetime_;
    const Clock* clock_;
};

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "provisioning/enrollment/issuance_desk.h"
#include "storage/postgres/connection_pool.h"

namespace watchglass::provisioning {

struct RenewalRequest {
    security::Sha256 shown{};  ///< fingerprint of the certificate that the front door verified
    std::string csr;           ///< PEM or DER
    std::string address;       ///< where it came from, for the audit
    std::string request_id;
};

/// Turns a device's certificate and a request over a new key into its next certificate.
///
/// Who asks is known by the full fingerprint alone: what stands in a certificate or in a request names nobody. The old
/// certificate stays good until its own end. It renews up to the profile's grace after that end, never before its
/// beginning. Asked again with the same key, it gives the same certificate. Every refusal leaves an audit entry.
/// Thread-safe.
class RenewalDesk {
public:
    RenewalDesk(storage::ConnectionPool& database, const IssuanceDesk& issuance, const Clock& clock)
        : database_(database), issuance_(issuance), clock_(clock) {}

    /// renew.certificate_unknown, renew.certificate_revoked, renew.not_yet_valid, renew.too_late, renew.key_not_new,
    /// or what IssuanceDesk and read_csr() say.
    Result<IssuedIdentity> renew(const RenewalRequest& request);
    /// Leaves the audit entry of a request that was refused before it came here; its `csr` does not matter.
    void note_refusal(const RenewalRequest& request, const Failure& why);

private:
    Result<Promise> promise(const RenewalRequest& request, const security::CertificateRequest& csr,
                            storage::Connection& connection);
    [[nodiscard]] Result<void> may_renew(const storage::Issuance& shown) const;
    Result<std::optional<std::int64_t>> asked_before(storage::UnitOfWork& unit,
                                                     const storage::Issuance& shown,
                                                     const security::CertificateRequest& csr) const;
    void audit(const RenewalRequest& request, const Failure& why, storage::Connection& connection);

    storage::ConnectionPool& database_;
    const IssuanceDesk& issuance_;
    const Clock& clock_;
};

}  // namespace watchglass::provisioning

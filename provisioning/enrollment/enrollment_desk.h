// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/secret.h"
#include "provisioning/enrollment/issuance_desk.h"
#include "storage/postgres/connection_pool.h"
#include "storage/registry/ticket_store.h"

namespace watchglass::provisioning {

struct EnrollmentRequest {
    security::Secret secret{};  ///< of the ticket
    std::string csr;            ///< PEM or DER
    std::string address;        ///< where it came from, for the audit
    std::string request_id;
};

/// Turns a ticket and a request into a certificate.
///
/// Two transactions around the signing: the first spends the ticket and writes the "being issued" row with its
/// audit entry; the second, holding that row, signs, records and lets the broker admit the certificate. Asked again
/// with the same ticket and key, at whatever moment the first attempt was cut off, it gives the same certificate.
/// Every refusal leaves an audit entry. Thread-safe.
class EnrollmentDesk {
public:
    EnrollmentDesk(storage::ConnectionPool& database, const IssuanceDesk& issuance, const Clock& clock)
        : database_(database), issuance_(issuance), clock_(clock) {}

    Result<IssuedIdentity> enroll(const EnrollmentRequest& request);
    /// Leaves the audit entry of a request that was refused before it came here; its `csr` does not matter.
    void note_refusal(const EnrollmentRequest& request, const Failure& why);

private:
    Result<Promise> promise(const EnrollmentRequest& request, const security::CertificateRequest& csr,
                            storage::Connection& connection);
    Result<Promise> promise_again(const storage::StoredTicket& ticket,
                                  const security::CertificateRequest& csr, storage::UnitOfWork& unit);
    void audit(const EnrollmentRequest& request, const Failure& why, storage::Connection& connection);

    storage::ConnectionPool& database_;
    const IssuanceDesk& issuance_;
    const Clock& clock_;
};

/// What is stored of a secret.
security::Sha256 secret_digest(const security::Secret& secret);

}  // namespace watchglass::provisioning

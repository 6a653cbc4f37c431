// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/secret.h"
#include "provisioning/issuing/pipeline.h"
#include "provisioning/issuing/signer.h"
#include "storage/postgres/connection_pool.h"
#include "storage/registry/ticket_store.h"

namespace watchglass::provisioning {

struct EnrollmentRequest {
    security::Secret secret{};  ///< of the ticket
    std::string csr;            ///< PEM or DER
    std::string address;        ///< where it came from, for the audit
    std::string request_id;
};

struct Enrollment {
    DeviceId device;
    std::string chain_pem;           ///< the device's certificate, then its authorities without the root
    std::int64_t access_change = 0;  ///< the broker must have taken this in before the device connects
};

/// Turns a ticket and a request into a certificate.
///
/// Two transactions around the signing: the first spends the ticket and writes the "being issued" row with its
/// audit entry; the second, holding that row, signs, records and lets the broker admit the certificate. Asked again
/// with the same ticket and key, at whatever moment the first attempt was cut off, it gives the same certificate.
/// Every refusal leaves an audit entry. Thread-safe.
class EnrollmentDesk {
public:
    EnrollmentDesk(storage::ConnectionPool& database, Signer& signer, const Clock& clock,
                   IssuingPipeline pipeline)
        : database_(database), signer_(signer), clock_(clock), pipeline_(std::move(pipeline)) {}

    Result<Enrollment> enroll(const EnrollmentRequest& request);

private:
    struct Promise {
        storage::DeviceKey key;
        DeviceId device;
        std::int64_t issuance = 0;
    };
    Result<Promise> promise(const EnrollmentRequest& request, const security::CertificateRequest& csr,
                            storage::Connection& connection);
    Result<Promise> promise_again(const storage::StoredTicket& ticket,
                                  const security::CertificateRequest& csr, storage::UnitOfWork& unit);
    Result<std::int64_t> begin_issuance(const storage::StoredTicket& ticket,
                                        const PreparedCertificate& prepared, storage::UnitOfWork& unit);
    Result<Enrollment> keep(const Promise& promise, const EnrollmentRequest& request,
                            storage::Connection& connection);
    void audit_refusal(const EnrollmentRequest& request, const Failure& why, storage::Connection& connection);

    storage::ConnectionPool& database_;
    Signer& signer_;
    const Clock& clock_;
    IssuingPipeline pipeline_;
};

/// What is stored of a secret.
security::Sha256 secret_digest(const security::Secret& secret);

}  // namespace watchglass::provisioning

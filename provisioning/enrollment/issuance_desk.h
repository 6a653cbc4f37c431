// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "provisioning/issuing/pipeline.h"
#include "provisioning/issuing/signer.h"
#include "storage/registry/audit_store.h"
#include "storage/registry/certificate_store.h"
#include "storage/registry/device_store.h"

namespace watchglass::provisioning {

/// Who asks for a certificate, for the audit.
struct Requester {
    std::string actor;    ///< `ticket`, `device:ID`
    std::string address;  ///< where the request came from
    std::string request_id;

    /// An audit entry with everything about the requester filled in.
    [[nodiscard]] storage::AuditEntry audit(std::string action) const;
};

/// Why a device may have a certificate: one of the two.
struct Grounds {
    std::optional<std::int64_t> ticket;  ///< its number
    std::optional<std::int64_t> renews;  ///< number of the certificate that was shown
};

/// What one transaction promised and the next one keeps: a row "being issued".
struct Promise {
    storage::DeviceKey key;
    DeviceId device;
    std::int64_t issuance = 0;
    std::optional<std::int64_t> renews;
};

/// What differs between the doors, for IssuanceDesk::issue().
struct IssuanceSteps {
    /// Looks for grounds and promises, in a transaction of its own.
    std::function<Result<Promise>(const security::CertificateRequest&, storage::Connection&)> promise;
    std::function<Requester(const Promise&)> requester;
    std::function<void(const Failure&, storage::Connection&)> note_refusal;  ///< in the audit
};

struct IssuedIdentity {
    DeviceId device;
    std::string chain_pem;             ///< the device's certificate, then its authorities without the root
    std::optional<WallTime> renew_at;  ///< when to ask for the next one
    std::int64_t access_change = 0;    ///< the broker must have taken this in before the device connects
};

/// What every certificate goes through, whatever the grounds: a promise on disk before anything is signed, then the
/// signature, the record and the broker's permission in one transaction.
///
/// A device has at most three certificates that the broker admits. One more withdraws the oldest, but never the one
/// that the request came with: should the answer get lost, the device must be able to ask again. Thread-safe.
class IssuanceDesk {
public:
    static constexpr std::size_t most_live_certificates = 3;

    IssuanceDesk(Signer& signer, const Clock& clock, IssuingPipeline pipeline)
        : signer_(signer), clock_(clock), pipeline_(std::move(pipeline)) {}

    /// From a stranger's request (PEM or DER) to its certificate. Every refusal is noted.
    Result<IssuedIdentity> issue(std::string_view csr, const IssuanceSteps& steps,
                                 storage::Connection& connection) const;

    /// Within the caller's transaction, which holds the device. An attempt with this key that was cut off before it was
    /// signed is taken up again. Fails with enroll.key_in_use, or the pipeline's own refusals.
    Result<Promise> promise(storage::UnitOfWork& unit, const storage::RegisteredDevice& device,
                            const security::CertificateRequest& csr, const Grounds& grounds,
                            const Requester& requester) const;

    /// In a transaction of its own. Signed before by whoever: the same certificate again.
    Result<IssuedIdentity> keep(const Promise& promise, const Requester& requester,
                                storage::Connection& connection) const;

    [[nodiscard]] const certs::CertificateProfile& profile() const { return pipeline_.profile; }

private:
    Result<std::int64_t> begin_row(storage::UnitOfWork& unit, const storage::DeviceKey& device,
                                   const PreparedCertificate& prepared, const Grounds& grounds) const;
    Result<SignedChain> sign(const Promise& promise, const storage::Issuance& issuance) const;
    Result<std::int64_t> record(storage::UnitOfWork& unit, const Promise& promise,
                                const storage::Issuance& issuance, const SignedChain& made,
                                const Requester& requester) const;
    [[nodiscard]] Result<IssuedIdentity> identity(const DeviceId& device, const std::string& chain_pem,
                                                  std::int64_t access_change) const;

    Signer& signer_;
    const Clock& clock_;
    IssuingPipeline pipeline_;
};

/// Logs a refusal and, when it is one and no trouble of our own, commits `entry` with it as the unit's last act.
void audit_refusal(storage::UnitOfWork& unit, storage::AuditEntry entry, const Failure& why);

}  // namespace watchglass::provisioning

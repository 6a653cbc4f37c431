// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "certs/profile.h"
#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/csr.h"
#include "schemas/values/identifiers.h"

namespace watchglass::provisioning {

/// Whose certificate it is: from the registry, never from a request.
struct Subject {
    DeviceId device;
    std::string state;  ///< of the registry
};

/// What may be signed and recorded.
struct PreparedCertificate {
    security::CertificateShape shape;
    security::CertificateRequest request;
    std::string profile;
};

/// One way to issue: lists of steps, run in this order. Enforcers come after every check, so that nothing that a
/// client asked for, nor a mistake in an earlier step, can undo them. Recording and signing follow (enrollment/).
struct IssuingPipeline {
    using RequestCheck = std::function<Result<void>(const Subject&, const security::CertificateRequest&)>;
    using ShapeStep =
        std::function<void(security::CertificateShape&, const certs::CertificateProfile&, WallTime now)>;
    using FinalCheck =
        std::function<Result<void>(const security::CertificateShape&, const certs::CertificateProfile&)>;
    using Enforcer = std::function<Result<void>(security::CertificateShape&, const Subject&)>;

    certs::CertificateProfile profile;
    std::vector<RequestCheck> request_checks;
    std::vector<ShapeStep> shape;
    std::vector<FinalCheck> final_checks;
    std::vector<Enforcer> enforced;

    /// `csr` is PEM or DER from a stranger: possession is proved and the key taken, everything else in it is dropped.
    [[nodiscard]] Result<PreparedCertificate> prepare(const Subject& subject, ByteSpan csr,
                                                      WallTime now) const;
    /// The same for a request that was read already.
    [[nodiscard]] Result<PreparedCertificate> prepare(const Subject& subject,
                                                      const security::CertificateRequest& request,
                                                      WallTime now) const;
};

/// For instruments: every door (tickets, EST, renewal) leads through this one.
Result<IssuingPipeline> device_pipeline();

}  // namespace watchglass::provisioning

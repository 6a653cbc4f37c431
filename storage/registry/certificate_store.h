// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/security/digest.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

/// The issuance log: what was promised, what was signed, what was revoked. A row is written before anything is signed.
namespace watchglass::storage {

struct NewIssuance {
    DeviceKey device;
    std::string profile;
    security::Sha256 public_key{};  ///< SHA-256 of public_key_der
    Bytes public_key_der;
    std::string uri;
    WallTime not_before, not_after;
    std::optional<std::int64_t> ticket;
    WallTime requested_at;
};

struct Issuance {
    DeviceKey device;
    std::int64_t number = 0;
    std::string state;  ///< being_issued, issued, revoked
    std::string profile;
    Bytes public_key_der;
    std::string uri;
    WallTime not_before, not_after;
    // What follows is empty while being issued.
    std::string serial;
    std::optional<security::Sha256> fingerprint;
    std::string chain_pem;
    std::int64_t access_change = 0;
};

/// What signing added.
struct SignedCertificate {
    std::string serial;
    security::Sha256 fingerprint{};
    std::string chain_pem;  ///< the device's own certificate first
    WallTime issued_at;
};

/// Gives the key to the device unless another has it. False: another device has it, in whatever tenant.
Result<bool> claim_key(UnitOfWork& unit, const DeviceKey& device, const security::Sha256& public_key);

/// In state being_issued; the number names it from now on.
Result<std::int64_t> begin_issuance(UnitOfWork& unit, const NewIssuance& issuance);

/// The newest one for this device and key that is not revoked.
Result<std::optional<Issuance>> newest_issuance(UnitOfWork& unit, const DeviceKey& device,
                                                const security::Sha256& public_key);

/// Locked until the unit of work ends: whoever signs holds this, so that one row is signed once.
Result<std::optional<Issuance>> lock_issuance(UnitOfWork& unit, const DeviceKey& device, std::int64_t number);

/// Records the certificate and lets the broker admit it: the number of that access change. Takes the lock that orders
/// access changes, so it comes last in its unit of work.
Result<std::int64_t> finish_issuance(UnitOfWork& unit, const Issuance& issuance, const DeviceId& device,
                                     const SignedCertificate& certificate);

/// Every issued certificate of a device is revoked from now on, for good. One that is still being issued never will be:
/// whoever signs asks for the device's state first.
Result<void> revoke_certificates(UnitOfWork& unit, const DeviceKey& device, WallTime now);

/// The certificate with this fingerprint, whatever its state; nothing when none such was issued here.
Result<std::optional<Issuance>> find_certificate(UnitOfWork& unit, const security::Sha256& fingerprint);

/// Revokes an issued certificate and has the broker turn it away. Takes the lock that orders access changes.
Result<void> withdraw_certificate(UnitOfWork& unit, const Issuance& issuance, const DeviceId& device,
                                  WallTime now);

/// Takes certificates of the device that have expired off the broker's list; in the registry they stay as they are.
/// Takes the lock that orders access changes.
Result<void> stop_admitting_expired(UnitOfWork& unit, const DeviceKey& key, const DeviceId& device,
                                    WallTime now);

/// All of a device, oldest first.
Result<std::vector<Issuance>> certificates_of(UnitOfWork& unit, const DeviceKey& device);

}  // namespace watchglass::storage

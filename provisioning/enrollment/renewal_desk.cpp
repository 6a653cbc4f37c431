// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/renewal_desk.h"

#include "libs/foundation/log.h"
#include "provisioning/codes.h"
#include "provisioning/commit.h"

namespace watchglass::provisioning {

namespace {

tl::unexpected<Failure> refused(const Code& code, std::string detail = {}) {
    return failed(Failure{code, Next::give_up, std::move(detail), {}});
}

Requester requester_of(const RenewalRequest& request, const DeviceId& device) {
    return {"device:" + device.text(), request.address, request.request_id};
}

}  // namespace

Result<IssuedIdentity> RenewalDesk::renew(const RenewalRequest& request) {
    auto connection = database_.acquire();
    if (!connection) return failed(connection);
    return issuance_.issue(
        request.csr,
        {.promise = [&](const security::CertificateRequest& csr,
                        storage::Connection& c) { return promise(request, csr, c); },
         .requester = [&](const Promise& promised) { return requester_of(request, promised.device); },
         .note_refusal = [&](const Failure& why, storage::Connection& c) { audit(request, why, c); }},
        **connection);
}

void RenewalDesk::note_refusal(const RenewalRequest& request, const Failure& why) {
    auto connection = database_.acquire();
    if (connection) return audit(request, why, **connection);
    log::failure(log::Level::error, "audit.not_written", connection.error(),
                 {{"request_id", request.request_id}});
}

Result<Promise> RenewalDesk::promise(const RenewalRequest& request, const security::CertificateRequest& csr,
                                     storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto found = storage::find_certificate(*unit, request.shown);
    if (!found) return failed(found);
    if (!*found) return refused(codes::certificate_unknown, "Fingerprint: " + to_hex(request.shown) + ".");
    const auto device = storage::lock_registered(*unit, (*found)->device);
    if (!device) return failed(device);
    if (!*device) return refused(codes::unknown_device);
    // Once more, now that nobody can revoke it meanwhile.
    const auto shown = storage::lock_issuance(*unit, (*found)->device, (*found)->number);
    if (!shown) return failed(shown);
    if (!*shown) return refused(codes::certificate_unknown);
    if (auto good = may_renew(**shown); !good) return failed(good);

    const auto earlier = asked_before(*unit, **shown, csr);
    if (!earlier) return failed(earlier);
    if (*earlier) return Promise{(*device)->key, (*device)->id, **earlier, (*shown)->number};
    auto promised = issuance_.promise(*unit, **device, csr, {.ticket = {}, .renews = (*shown)->number},
                                      requester_of(request, (*device)->id));
    if (!promised) return promised;
    if (auto done = commit(*unit); !done) return failed(done);
    return promised;
}

Result<void> RenewalDesk::may_renew(const storage::Issuance& shown) const {
    if (shown.state != "issued") return refused(codes::certificate_revoked);
    const WallTime now = clock_.wall();
    if (now < shown.not_before) return refused(codes::certificate_not_yet_valid);
    if (now > shown.not_after + issuance_.profile().renewal_grace) {
        return refused(codes::renewal_too_late, "It ended " + to_rfc3339(shown.not_after) + ".");
    }
    return {};
}

// A key that came after the certificate that is shown came with an earlier request like this one, whose answer was
// lost. Any other key that had a certificate, that of the certificate itself above all, is not a new one.
Result<std::optional<std::int64_t>> RenewalDesk::asked_before(storage::UnitOfWork& unit,
                                                              const storage::Issuance& shown,
                                                              const security::CertificateRequest& csr) const {
    const auto all = storage::certificates_of(unit, shown.device);
    if (!all) return failed(all);
    const storage::Issuance* newest = nullptr;
    for (const auto& certificate : *all) {
        if (certificate.public_key_der == csr.public_key_der) newest = &certificate;
    }
    if (newest == nullptr) return std::nullopt;
    if (newest->number > shown.number && newest->state != "revoked" && newest->not_after > clock_.wall()) {
        return std::optional{newest->number};
    }
    return refused(codes::key_not_new);
}

void RenewalDesk::audit(const RenewalRequest& request, const Failure& why, storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return;
    const auto shown = storage::find_certificate(*unit, request.shown);
    const auto device = shown && *shown ? storage::lock_registered(*unit, (*shown)->device)
                                        : Result<std::optional<storage::RegisteredDevice>>{std::nullopt};
    const bool known = device && *device;
    auto entry = known ? requester_of(request, (*device)->id).audit("renew.refused")
                       : Requester{"unknown", request.address, request.request_id}.audit("renew.refused");
    if (known) {
        entry.tenant = (*device)->key.tenant;
        entry.device = (*device)->id.text();
    }
    audit_refusal(*unit, std::move(entry), why);
}

}  // namespace watchglass::provisioning

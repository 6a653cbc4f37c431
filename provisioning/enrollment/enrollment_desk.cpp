// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/enrollment_desk.h"

#include "libs/foundation/log.h"
#include "provisioning/codes.h"
#include "provisioning/commit.h"

namespace watchglass::provisioning {

namespace {

tl::unexpected<Failure> refused(const Code& code, std::string detail = {}) {
    return failed(Failure{code, Next::give_up, std::move(detail), {}});
}

Requester requester_of(const EnrollmentRequest& request) {
    return {"ticket", request.address, request.request_id};
}

}  // namespace

security::Sha256 secret_digest(const security::Secret& secret) { return security::sha256(secret); }

Result<IssuedIdentity> EnrollmentDesk::enroll(const EnrollmentRequest& request) {
    auto connection = database_.acquire();
    if (!connection) return failed(connection);
    return issuance_.issue(
        request.csr,
        {.promise = [&](const security::CertificateRequest& csr,
                        storage::Connection& c) { return promise(request, csr, c); },
         .requester = [&](const Promise&) { return requester_of(request); },
         .note_refusal = [&](const Failure& why, storage::Connection& c) { audit(request, why, c); }},
        **connection);
}

void EnrollmentDesk::note_refusal(const EnrollmentRequest& request, const Failure& why) {
    auto connection = database_.acquire();
    if (connection) return audit(request, why, **connection);
    log::failure(log::Level::error, "audit.not_written", connection.error(),
                 {{"request_id", request.request_id}});
}

Result<Promise> EnrollmentDesk::promise(const EnrollmentRequest& request,
                                        const security::CertificateRequest& csr,
                                        storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto found = storage::lock_ticket(*unit, secret_digest(request.secret));
    if (!found) return failed(found);
    if (!*found) return refused(codes::ticket_unknown);
    const storage::StoredTicket& ticket = **found;
    const auto device = storage::lock_registered(*unit, ticket.device);
    if (!device) return failed(device);
    if (!*device) return refused(codes::unknown_device);
    if (ticket.spent_key) return promise_again(ticket, csr, *unit);

    const WallTime now = clock_.wall();
    if (ticket.voided || ticket.expires_at <= now) return refused(codes::ticket_expired);
    auto promised = issuance_.promise(*unit, **device, csr, {.ticket = ticket.number, .renews = {}},
                                      requester_of(request));
    if (!promised) return promised;
    if (auto spent = storage::spend_ticket(*unit, ticket, csr.public_key_digest, now); !spent)
        return failed(spent);
    if (auto done = commit(*unit); !done) return failed(done);
    return promised;
}

// The ticket was used: only the same key gets an answer, and it is the same one.
Result<Promise> EnrollmentDesk::promise_again(const storage::StoredTicket& ticket,
                                              const security::CertificateRequest& csr,
                                              storage::UnitOfWork& unit) {
    if (*ticket.spent_key != csr.public_key_digest) return refused(codes::ticket_spent);
    const auto issuance = storage::newest_issuance(unit, ticket.device, csr.public_key_digest);
    if (!issuance) return failed(issuance);
    if (!*issuance || (*issuance)->not_after <= clock_.wall()) return refused(codes::ticket_expired);
    return Promise{ticket.device, ticket.device_id, (*issuance)->number, {}};
}

void EnrollmentDesk::audit(const EnrollmentRequest& request, const Failure& why,
                           storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return;
    auto entry = requester_of(request).audit("enroll.refused");
    const auto ticket = storage::lock_ticket(*unit, secret_digest(request.secret));
    if (ticket && *ticket) {
        entry.tenant = (*ticket)->device.tenant;
        entry.device = (*ticket)->device_id.text();
    }
    audit_refusal(*unit, std::move(entry), why);
}

}  // namespace watchglass::provisioning

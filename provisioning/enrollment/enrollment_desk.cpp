// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/enrollment_desk.h"

#include "libs/foundation/log.h"
#include "libs/json/json.h"
#include "provisioning/codes.h"
#include "provisioning/commit.h"
#include "storage/registry/audit_store.h"
#include "storage/registry/certificate_store.h"
#include "storage/registry/device_store.h"

namespace watchglass::provisioning {

namespace {

tl::unexpected<Failure> refused(const Code& code, std::string detail = {}) {
    return failed(Failure{code, Next::give_up, std::move(detail), {}});
}

storage::AuditEntry audit_entry(const EnrollmentRequest& request, std::string action) {
    storage::AuditEntry entry;
    entry.actor = "ticket";
    entry.action = std::move(action);
    entry.address = request.address;
    entry.request_id = request.request_id;
    return entry;
}

/// The registry's word on the ticket's device, held until the unit of work ends.
Result<storage::RegisteredDevice> hold_device(storage::UnitOfWork& unit, const DeviceId& device) {
    auto found = storage::lock_registered(unit, device);
    if (!found) return failed(found);
    if (!*found) return refused(codes::unknown_device);
    return std::move(**found);
}

Result<void> require_admitted(const storage::RegisteredDevice& device) {
    if (device.state == "registered" || device.state == "enrolled") return {};
    return refused(codes::device_not_admitted, "Its state is " + device.state + ".");
}

}  // namespace

security::Sha256 secret_digest(const security::Secret& secret) { return security::sha256(secret); }

Result<Enrollment> EnrollmentDesk::enroll(const EnrollmentRequest& request) {
    auto connection = database_.acquire();
    if (!connection) return failed(connection);
    const auto csr = security::read_csr(as_bytes(request.csr));
    if (!csr) {
        audit_refusal(request, csr.error(), **connection);
        return failed(csr);
    }
    const auto promised = promise(request, *csr, **connection);
    if (!promised) {
        audit_refusal(request, promised.error(), **connection);
        return failed(promised);
    }
    auto kept = keep(*promised, request, **connection);
    if (!kept) audit_refusal(request, kept.error(), **connection);
    return kept;
}

Result<EnrollmentDesk::Promise> EnrollmentDesk::promise(const EnrollmentRequest& request,
                                                        const security::CertificateRequest& csr,
                                                        storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto found = storage::lock_ticket(*unit, secret_digest(request.secret));
    if (!found) return failed(found);
    if (!*found) return refused(codes::ticket_unknown);
    const storage::StoredTicket& ticket = **found;
    const auto device = hold_device(*unit, ticket.device_id);
    if (!device) return failed(device);
    if (ticket.spent_key) return promise_again(ticket, csr, *unit);

    const WallTime now = clock_.wall();
    if (ticket.voided || ticket.expires_at <= now) return refused(codes::ticket_expired);
    const auto prepared = pipeline_.prepare(Subject{device->id, device->state}, csr, now);
    if (!prepared) return failed(prepared);
    const auto ours = storage::claim_key(*unit, ticket.device, csr.public_key_digest);
    if (!ours) return failed(ours);
    if (!*ours) return refused(codes::key_in_use);

    if (auto spent = storage::spend_ticket(*unit, ticket, csr.public_key_digest, now); !spent)
        return failed(spent);
    const auto issuance = begin_issuance(ticket, *prepared, *unit);
    if (!issuance) return failed(issuance);
    auto entry = audit_entry(request, "certificate.being_issued");
    entry.tenant = ticket.device.tenant;
    entry.device = ticket.device_id.text();
    entry.detail = json::Value::object({{"ticket", ticket.number},
                                        {"issuance", *issuance},
                                        {"public_key", to_hex(csr.public_key_digest)}})
                       .dump();
    if (auto audited = storage::append_audit(*unit, entry); !audited) return failed(audited);
    if (auto done = commit(*unit); !done) return failed(done);
    return Promise{ticket.device, ticket.device_id, *issuance};
}

// The ticket was used: only the same key gets an answer, and it is the same one.
Result<EnrollmentDesk::Promise> EnrollmentDesk::promise_again(const storage::StoredTicket& ticket,
                                                              const security::CertificateRequest& csr,
                                                              storage::UnitOfWork& unit) {
    if (*ticket.spent_key != csr.public_key_digest) return refused(codes::ticket_spent);
    const auto issuance = storage::newest_issuance(unit, ticket.device, csr.public_key_digest);
    if (!issuance) return failed(issuance);
    if (!*issuance || (*issuance)->not_after <= clock_.wall()) return refused(codes::ticket_expired);
    return Promise{ticket.device, ticket.device_id, (*issuance)->number};
}

Result<std::int64_t> EnrollmentDesk::begin_issuance(const storage::StoredTicket& ticket,
                                                    const PreparedCertificate& prepared,
                                                    storage::UnitOfWork& unit) {
    // An attempt with an earlier ticket and this key was cut off before it was signed: finish that one.
    const auto earlier = storage::newest_issuance(unit, ticket.device, prepared.request.public_key_digest);
    if (!earlier) return failed(earlier);
    if (*earlier && (*earlier)->state == "being_issued") return (*earlier)->number;
    return storage::begin_issuance(unit, {.device = ticket.device,
                                          .profile = prepared.profile,
                                          .public_key = prepared.request.public_key_digest,
                                          .public_key_der = prepared.request.public_key_der,
                                          .uri = prepared.shape.uris.front(),
                                          .not_before = prepared.shape.not_before,
                                          .not_after = prepared.shape.not_after,
                                          .ticket = ticket.number,
                                          .requested_at = clock_.wall()});
}

Result<Enrollment> EnrollmentDesk::keep(const Promise& promised, const EnrollmentRequest& request,
                                        storage::Connection& connection) {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto device = hold_device(*unit, promised.device);
    if (!device) return failed(device);
    if (auto admitted = require_admitted(*device); !admitted) return failed(admitted);
    const auto found = storage::lock_issuance(*unit, promised.key, promised.issuance);
    if (!found) return failed(found);
    if (!*found || (*found)->state == "revoked") return refused(codes::device_not_admitted);
    const storage::Issuance& issuance = **found;
    if (issuance.state == "issued")
        return Enrollment{promised.device, issuance.chain_pem, issuance.access_change};

    SigningRequest asked{.profile = issuance.profile, .shape = {}, .public_key_der = issuance.public_key_der};
    asked.shape.common_name = promised.device.text();
    asked.shape.uris = {issuance.uri};
    asked.shape.not_before = issuance.not_before;
    asked.shape.not_after = issuance.not_after;
    const auto made = signer_.sign(asked);
    if (!made) return failed(made);

    if (auto changed = storage::set_device_state(*unit, *device, "enrolled"); !changed)
        return failed(changed);
    auto entry = audit_entry(request, "certificate.issued");
    entry.tenant = promised.key.tenant;
    entry.device = promised.device.text();
    entry.detail = json::Value::object({{"issuance", promised.issuance},
                                        {"serial", made->certificate.serial_hex()},
                                        {"fingerprint", to_hex(made->certificate.fingerprint())}})
                       .dump();
    if (auto audited = storage::append_audit(*unit, entry); !audited) return failed(audited);
    const auto change = storage::finish_issuance(*unit, issuance, promised.device,
                                                 {.serial = made->certificate.serial_hex(),
                                                  .fingerprint = made->certificate.fingerprint(),
                                                  .chain_pem = made->chain_pem,
                                                  .issued_at = clock_.wall()});
    if (!change) return failed(change);
    if (auto done = commit(*unit); !done) return failed(done);
    log::info("enroll.issued", "Enrolled an instrument.",
              {{"device", promised.device.text()}, {"request_id", request.request_id}});
    return Enrollment{promised.device, made->chain_pem, *change};
}

void EnrollmentDesk::audit_refusal(const EnrollmentRequest& request, const Failure& why,
                                   storage::Connection& connection) {
    log::failure(log::Level::warning, "enroll.refused", why, {{"request_id", request.request_id}});
    if (why.next != Next::give_up) return;  // trouble of our own, not a refusal
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return;
    const auto ticket = storage::lock_ticket(*unit, secret_digest(request.secret));
    auto entry = audit_entry(request, "enroll.refused");
    if (ticket && *ticket) {
        entry.tenant = (*ticket)->device.tenant;
        entry.device = (*ticket)->device_id.text();
    }
    entry.detail = json::Value::object({{"code", why.code.name}, {"detail", why.detail}}).dump();
    const auto appended = storage::append_audit(*unit, entry);
    const auto done = appended ? commit(*unit) : Result<void>(failed(appended));
    if (!done)
        log::failure(log::Level::error, "audit.not_written", done.error(),
                     {{"request_id", request.request_id}});
}

}  // namespace watchglass::provisioning

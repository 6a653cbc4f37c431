// SPDX-License-Identifier: Apache-2.0
#include "provisioning/enrollment/issuance_desk.h"

#include <vector>

#include "libs/foundation/log.h"
#include "libs/json/json.h"
#include "provisioning/codes.h"
#include "provisioning/commit.h"

namespace watchglass::provisioning {

namespace {

tl::unexpected<Failure> refused(const Code& code, std::string detail = {}) {
    return failed(Failure{code, Next::give_up, std::move(detail), {}});
}

/// The registry's word on a device, held until the unit of work ends.
Result<storage::RegisteredDevice> hold_admitted(storage::UnitOfWork& unit, const storage::DeviceKey& key) {
    auto found = storage::lock_registered(unit, key);
    if (!found) return failed(found);
    if (!*found) return refused(codes::unknown_device);
    if ((*found)->state != "registered" && (*found)->state != "enrolled") {
        return refused(codes::device_not_admitted, "Its state is " + (*found)->state + ".");
    }
    return std::move(**found);
}

/// Those that one more certificate pushes out, oldest first.
Result<std::vector<storage::Issuance>> pushed_out(storage::UnitOfWork& unit, const Promise& promise,
                                                  WallTime now) {
    const auto all = storage::certificates_of(unit, promise.key);
    if (!all) return failed(all);
    std::vector<storage::Issuance> others;
    std::size_t live = 1;  // the new one
    for (const auto& certificate : *all) {
        if (certificate.state != "issued" || certificate.not_after <= now) continue;
        ++live;
        if (certificate.number != promise.renews) others.push_back(certificate);
    }
    const std::size_t surplus =
        live > IssuanceDesk::most_live_certificates ? live - IssuanceDesk::most_live_certificates : 0;
    if (others.size() > surplus)
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(surplus), others.end());
    return others;
}

}  // namespace

storage::AuditEntry Requester::audit(std::string action) const {
    storage::AuditEntry entry;
    entry.actor = actor;
    entry.action = std::move(action);
    entry.address = address;
    entry.request_id = request_id;
    return entry;
}

Result<IssuedIdentity> IssuanceDesk::issue(std::string_view csr, const IssuanceSteps& steps,
                                           storage::Connection& connection) const {
    auto issued = [&]() -> Result<IssuedIdentity> {
        const auto request = security::read_csr(as_bytes(csr));
        if (!request) return failed(request);
        const auto promised = steps.promise(*request, connection);
        if (!promised) return failed(promised);
        return keep(*promised, steps.requester(*promised), connection);
    }();
    if (!issued) steps.note_refusal(issued.error(), connection);
    return issued;
}

Result<Promise> IssuanceDesk::promise(storage::UnitOfWork& unit, const storage::RegisteredDevice& device,
                                      const security::CertificateRequest& csr, const Grounds& grounds,
                                      const Requester& requester) const {
    const auto prepared = pipeline_.prepare(Subject{device.id, device.state}, csr, clock_.wall());
    if (!prepared) return failed(prepared);
    const auto ours = storage::claim_key(unit, device.key, csr.public_key_digest);
    if (!ours) return failed(ours);
    if (!*ours) return refused(codes::key_in_use);

    const auto issuance = begin_row(unit, device.key, *prepared, grounds);
    if (!issuance) return failed(issuance);
    auto detail =
        json::Value::object({{"issuance", *issuance}, {"public_key", to_hex(csr.public_key_digest)}});
    if (grounds.ticket) detail.set("ticket", *grounds.ticket);
    if (grounds.renews) detail.set("renews", *grounds.renews);
    auto entry = requester.audit("certificate.being_issued");
    entry.tenant = device.key.tenant;
    entry.device = device.id.text();
    entry.detail = detail.dump();
    if (auto audited = storage::append_audit(unit, entry); !audited) return failed(audited);
    return Promise{device.key, device.id, *issuance, grounds.renews};
}

Result<std::int64_t> IssuanceDesk::begin_row(storage::UnitOfWork& unit, const storage::DeviceKey& device,
                                             const PreparedCertificate& prepared,
                                             const Grounds& grounds) const {
    const auto earlier = storage::newest_issuance(unit, device, prepared.request.public_key_digest);
    if (!earlier) return failed(earlier);
    if (*earlier && (*earlier)->state == "being_issued") return (*earlier)->number;
    return storage::begin_issuance(unit, {.device = device,
                                          .profile = prepared.profile,
                                          .public_key = prepared.request.public_key_digest,
                                          .public_key_der = prepared.request.public_key_der,
                                          .uri = prepared.shape.uris.front(),
                                          .not_before = prepared.shape.not_before,
                                          .not_after = prepared.shape.not_after,
                                          .ticket = grounds.ticket,
                                          .requested_at = clock_.wall()});
}

Result<IssuedIdentity> IssuanceDesk::keep(const Promise& promise, const Requester& requester,
                                          storage::Connection& connection) const {
    auto unit = storage::UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto device = hold_admitted(*unit, promise.key);
    if (!device) return failed(device);
    const auto found = storage::lock_issuance(*unit, promise.key, promise.issuance);
    if (!found) return failed(found);
    if (!*found || (*found)->state == "revoked") return refused(codes::device_not_admitted);
    const storage::Issuance& issuance = **found;
    if (issuance.state == "issued")
        return identity(promise.device, issuance.chain_pem, issuance.access_change);

    const auto made = sign(promise, issuance);
    if (!made) return failed(made);
    if (auto changed = storage::set_device_state(*unit, *device, "enrolled"); !changed)
        return failed(changed);
    const auto change = record(*unit, promise, issuance, *made, requester);
    if (!change) return failed(change);
    if (auto done = commit(*unit); !done) return failed(done);
    log::info("enroll.issued", "Issued an instrument's certificate.",
              {{"device", promise.device.text()}, {"request_id", requester.request_id}});
    return identity(promise.device, made->chain_pem, *change);
}

Result<SignedChain> IssuanceDesk::sign(const Promise& promise, const storage::Issuance& issuance) const {
    SigningRequest asked{.profile = issuance.profile, .shape = {}, .public_key_der = issuance.public_key_der};
    asked.shape.common_name = promise.device.text();
    asked.shape.uris = {issuance.uri};
    asked.shape.not_before = issuance.not_before;
    asked.shape.not_after = issuance.not_after;
    return signer_.sign(asked);
}

// Access changes come last: their lock orders them, and whoever waits for it waits for this transaction's end.
Result<std::int64_t> IssuanceDesk::record(storage::UnitOfWork& unit, const Promise& promise,
                                          const storage::Issuance& issuance, const SignedChain& made,
                                          const Requester& requester) const {
    const WallTime now = clock_.wall();
    const auto too_many = pushed_out(unit, promise, now);
    if (!too_many) return failed(too_many);
    const auto note = [&](const char* action, json::Value detail) {
        auto entry = requester.audit(action);
        entry.tenant = promise.key.tenant;
        entry.device = promise.device.text();
        entry.detail = detail.dump();
        return storage::append_audit(unit, entry);
    };
    const auto fingerprint = made.certificate.fingerprint();
    if (auto audited =
            note("certificate.issued", json::Value::object({{"issuance", promise.issuance},
                                                            {"serial", made.certificate.serial_hex()},
                                                            {"fingerprint", to_hex(fingerprint)}}));
        !audited)
        return failed(audited);
    for (const auto& old : *too_many) {
        auto detail = json::Value::object({{"issuance", old.number}, {"serial", old.serial}});
        if (auto audited = note("certificate.withdrawn", std::move(detail)); !audited) return failed(audited);
    }

    const auto change = storage::finish_issuance(unit, issuance, promise.device,
                                                 {.serial = made.certificate.serial_hex(),
                                                  .fingerprint = fingerprint,
                                                  .chain_pem = made.chain_pem,
                                                  .issued_at = now});
    if (!change) return failed(change);
    for (const auto& old : *too_many) {
        if (auto gone = storage::withdraw_certificate(unit, old, promise.device, now); !gone)
            return failed(gone);
    }
    if (auto gone = storage::stop_admitting_expired(unit, promise.key, promise.device, now); !gone)
        return failed(gone);
    return *change;
}

Result<IssuedIdentity> IssuanceDesk::identity(const DeviceId& device, const std::string& chain_pem,
                                              std::int64_t access_change) const {
    const auto certificate = security::Certificate::from_pem(chain_pem);
    if (!certificate) return failed(certificate);
    return IssuedIdentity{device, chain_pem, certs::renewal_moment(pipeline_.profile, *certificate),
                          access_change};
}

void audit_refusal(storage::UnitOfWork& unit, storage::AuditEntry entry, const Failure& why) {
    log::failure(log::Level::warning, entry.action, why, {{"request_id", entry.request_id}});
    if (why.next != Next::give_up) return;  // trouble of our own, not a refusal
    entry.detail = json::Value::object({{"code", why.code.name}, {"detail", why.detail}}).dump();
    const auto appended = storage::append_audit(unit, entry);
    const auto done = appended ? commit(unit) : Result<void>(failed(appended));
    if (!done)
        log::failure(log::Level::error, "audit.not_written", done.error(),
                     {{"request_id", entry.request_id}});
}

}  // namespace watchglass::provisioning

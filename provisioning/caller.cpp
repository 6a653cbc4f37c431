// SPDX-License-Identifier: Apache-2.0
#include "provisioning/caller.h"

#include "libs/security/digest.h"
#include "provisioning/codes.h"

namespace watchglass::provisioning {

namespace {

bool role_allows(const std::string& role, Action action) {
    if (role == "admin") return true;
    if (role == "service") return action != Action::publish_dictionary;
    return role == "reader" && action == Action::read_registry;
}

tl::unexpected<Failure> not_allowed() { return failed(Failure{codes::not_allowed, Next::give_up, {}, {}}); }

}  // namespace

storage::AuditEntry Caller::audit(std::string action) const {
    storage::AuditEntry entry;
    entry.actor = name();
    entry.action = std::move(action);
    entry.address = address;
    entry.request_id = request_id;
    return entry;
}

Result<Caller> identify(storage::UnitOfWork& unit, const http::Request& request) {
    if (request.peer.certificate_der.empty()) {
        return failed(Failure{codes::not_authenticated, Next::give_up, {}, {}});
    }
    if (request.peer.verify_result != 0) {
        return failed(Failure{codes::certificate_not_good, Next::give_up, {}, {}});
    }
    const auto fingerprint = security::sha256(as_bytes(request.peer.certificate_der));
    const auto found = storage::find_operator(unit, fingerprint);
    if (!found) return failed(found);
    if (!*found)
        return failed(
            Failure{codes::unknown_operator, Next::give_up, {}, "fingerprint " + to_hex(fingerprint)});
    return Caller{**found, request.peer.address, request.request_id};
}

Result<void> authorize_role(const Caller& caller, Action action) {
    if (role_allows(caller.who.role, action)) return {};
    return not_allowed();
}

Result<void> authorize(const Caller& caller, Action action, std::optional<TenantNumber> tenant) {
    if (!role_allows(caller.who.role, action)) return not_allowed();
    if (caller.who.tenant && caller.who.tenant != tenant) return not_allowed();
    return {};
}

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "libs/http/message.h"
#include "storage/registry/audit_store.h"
#include "storage/registry/operator_store.h"

namespace watchglass::provisioning {

/// Who asks, known by the full fingerprint of a certificate that the front door verified.
struct Caller {
    storage::Operator who;
    std::string address;
    std::string request_id;

    [[nodiscard]] std::string name() const { return "operator:" + who.name; }
    /// An audit entry with everything about the caller filled in.
    [[nodiscard]] storage::AuditEntry audit(std::string action) const;
};

/// What somebody may want to do here.
enum class Action {
    read_registry,
    register_device,
    make_ticket,
    change_device_state,
    publish_dictionary,
    replay_quarantine
};

/// auth.certificate_required, auth.certificate_not_good (expired ones pass the door, for renewal alone) or
/// auth.unknown_operator.
Result<Caller> identify(storage::UnitOfWork& unit, const http::Request& request);

/// The one decision about who may do what: auth.not_allowed. `tenant`: whose things are touched; nothing: everybody's.
Result<void> authorize(const Caller& caller, Action action, std::optional<TenantNumber> tenant);

/// Whether the role allows it at all, before it is known whose things are touched.
Result<void> authorize_role(const Caller& caller, Action action);

}  // namespace watchglass::provisioning

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "storage/registry/audit_store.h"
#include "storage/registry/device_store.h"

namespace watchglass::provisioning {

/// What an operator may do with an instrument that is registered.
///
/// | Step | From | To | Its certificates |
/// |---|---|---|---|
/// | suspend | registered, enrolled, quarantined | suspended | may not connect |
/// | reinstate | suspended, quarantined | enrolled, or registered when it has none | may connect again |
/// | revoke | all but retired | revoked, for good | are revoked |
/// | retire | all but revoked | retired, for good | are revoked |
enum class LifeStep { suspend, reinstate, revoke, retire };

struct LifeChange {
    bool changed = false;  ///< false: it was in that state already
    std::int64_t access_change =
        0;  ///< the broker knows when it has taken this in; 0: there is nothing to know
};

/// Takes the step in the caller's unit of work: registry, audit, certificates, broker's access, in this order. `device`
/// is locked; `entry` says who asks. registry.device_closed: nothing leads out of revoked and retired.
Result<LifeChange> take_step(storage::UnitOfWork& unit, const storage::RegisteredDevice& device,
                             LifeStep step, const std::string& reason, storage::AuditEntry entry,
                             WallTime now);

}  // namespace watchglass::provisioning

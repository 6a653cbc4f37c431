// SPDX-License-Identifier: Apache-2.0
#include "provisioning/life/device_life.h"

#include <algorithm>

#include "libs/json/json.h"
#include "provisioning/codes.h"
#include "storage/registry/access_store.h"
#include "storage/registry/certificate_store.h"

namespace watchglass::provisioning {

namespace {

bool is_final(std::string_view state) { return state == "revoked" || state == "retired"; }

/// The state of a device that is neither suspended nor held back.
Result<std::string> good_standing(storage::UnitOfWork& unit, const storage::DeviceKey& device) {
    const auto certificates = storage::certificates_of(unit, device);
    if (!certificates) return failed(certificates);
    const bool has_one = std::any_of(certificates->begin(), certificates->end(),
                                     [](const auto& certificate) { return certificate.state == "issued"; });
    return std::string(has_one ? "enrolled" : "registered");
}

Result<std::string> state_after(storage::UnitOfWork& unit, const storage::RegisteredDevice& device,
                                LifeStep step) {
    switch (step) {
        case LifeStep::suspend: return std::string("suspended");
        case LifeStep::reinstate: return good_standing(unit, device.key);
        case LifeStep::revoke: return std::string("revoked");
        case LifeStep::retire: return std::string("retired");
    }
    return failed(Failure{watchglass::codes::internal_error, Next::tell_operator, {}, "no such step"});
}

std::string_view action_of(LifeStep step) {
    switch (step) {
        case LifeStep::suspend: return "device.suspended";
        case LifeStep::reinstate: return "device.reinstated";
        case LifeStep::revoke: return "device.revoked";
        case LifeStep::retire: return "device.retired";
    }
    return "";
}

Result<void> change_access(storage::UnitOfWork& unit, const storage::RegisteredDevice& device, LifeStep step,
                           WallTime now) {
    if (step == LifeStep::reinstate) return storage::restore_access(unit, device.key, device.id, now);
    return storage::withdraw_access(unit, device.key, device.id);
}

}  // namespace

Result<LifeChange> take_step(storage::UnitOfWork& unit, const storage::RegisteredDevice& device,
                             LifeStep step, const std::string& reason, storage::AuditEntry entry,
                             WallTime now) {
    const auto state = state_after(unit, device, step);
    if (!state) return failed(state);
    const bool changes = *state != device.state;
    if (changes) {
        if (is_final(device.state))
            return failed(Failure{codes::device_closed,
                                  Next::give_up,
                                  "Its state is " + device.state + ", which is final.",
                                  {}});
        if (auto set = storage::set_device_state(unit, device, *state); !set) return failed(set);
        entry.action = action_of(step);
        entry.tenant = device.key.tenant;
        entry.device = device.id.text();
        auto detail = json::Value::object({{"from", device.state}, {"to", *state}});
        if (!reason.empty()) detail.set("reason", reason);
        entry.detail = detail.dump();
        if (auto audited = storage::append_audit(unit, entry); !audited) return failed(audited);
        if (is_final(*state)) {
            if (auto revoked = storage::revoke_certificates(unit, device.key, now); !revoked)
                return failed(revoked);
        }
        if (auto told = change_access(unit, device, step, now); !told) return failed(told);
    }
    const auto latest = storage::latest_access_change(unit, device.key);
    if (!latest) return failed(latest);
    return LifeChange{changes, *latest};
}

}  // namespace watchglass::provisioning

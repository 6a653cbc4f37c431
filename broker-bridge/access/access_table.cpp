// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/access/access_table.h"

#include <algorithm>

namespace watchglass::broker {

bool AccessTable::knows(const DeviceId& device) const { return allowed_.contains(device); }

bool AccessTable::allows(const DeviceId& device, const Fingerprint& fingerprint) const {
    const auto found = allowed_.find(device);
    return found != allowed_.end() &&
           std::find(found->second.begin(), found->second.end(), fingerprint) != found->second.end();
}

bool AccessTable::apply(const Change& change) {
    if (change.n <= through_) return false;
    through_ = change.n;
    if (change.op == Op::allow) {
        if (!allows(change.device, change.fingerprint)) allowed_[change.device].push_back(change.fingerprint);
        return true;
    }
    const auto found = allowed_.find(change.device);
    if (found == allowed_.end()) return true;
    std::erase(found->second, change.fingerprint);
    if (found->second.empty()) allowed_.erase(found);
    return true;
}

void AccessTable::replace(const Snapshot& snapshot) {
    allowed_.clear();
    for (const auto& [device, fingerprint] : snapshot.allow) allowed_[device].push_back(fingerprint);
    through_ = snapshot.through;
}

Snapshot AccessTable::snapshot() const {
    Snapshot whole{.through = through_, .allow = {}};
    for (const auto& [device, fingerprints] : allowed_) {
        for (const auto& fingerprint : fingerprints) whole.allow.emplace_back(device, fingerprint);
    }
    return whole;
}

}  // namespace watchglass::broker

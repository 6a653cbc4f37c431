// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/security/digest.h"
#include "schemas/values/identifiers.h"

namespace watchglass::broker {

using Fingerprint = security::Sha256;  ///< SHA-256 of a whole certificate in DER

enum class Op { allow, deny };

/// One numbered step of the registry's access list. Numbers rise, with holes.
struct Change {
    std::int64_t n = 0;
    Op op = Op::deny;
    DeviceId device;
    Fingerprint fingerprint{};
    friend bool operator==(const Change&, const Change&) = default;
};

/// The whole list as of change `through`.
struct Snapshot {
    std::int64_t through = 0;
    std::vector<std::pair<DeviceId, Fingerprint>> allow;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// Which certificates may connect: a device may have several while it renews. What is not listed is refused; there
/// is no list of the denied to forget. One thread at a time.
class AccessTable {
public:
    [[nodiscard]] bool knows(const DeviceId& device) const;
    [[nodiscard]] bool allows(const DeviceId& device, const Fingerprint& fingerprint) const;
    [[nodiscard]] std::int64_t through() const { return through_; }
    [[nodiscard]] std::size_t devices() const { return allowed_.size(); }

    /// Applies one step. A number that was applied before changes nothing and gives false.
    bool apply(const Change& change);
    void replace(const Snapshot& snapshot);
    [[nodiscard]] Snapshot snapshot() const;

private:
    std::unordered_map<DeviceId, std::vector<Fingerprint>> allowed_;
    std::int64_t through_ = 0;
};

}  // namespace watchglass::broker

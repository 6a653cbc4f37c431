// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "libs/foundation/result.h"
#include "libs/security/connection_policy.h"
#include "schemas/values/identifiers.h"

namespace watchglass::device {

/// Where the platform is, as its answer to the enrollment said.
struct Endpoint {
    std::string host;
    std::uint16_t port = 443;
    std::string alpn;  ///< MQTT only; empty for HTTPS, and then not written
};

struct Identity {
    DeviceId device;
    Endpoint mqtt;
    Endpoint https;
};

/// `<state>/identity/`: key.pem (0600), chain.pem, trust.pem, identity.json. identity.json is written last: a
/// directory that has it is complete.
class IdentityDirectory {
public:
    explicit IdentityDirectory(std::filesystem::path state) : path_(std::move(state) / "identity") {}

    [[nodiscard]] std::filesystem::path key() const { return path_ / "key.pem"; }
    [[nodiscard]] std::filesystem::path pending_key() const { return path_ / "key.pending.pem"; }
    [[nodiscard]] std::filesystem::path chain() const { return path_ / "chain.pem"; }
    [[nodiscard]] std::filesystem::path trust() const { return path_ / "trust.pem"; }
    [[nodiscard]] std::filesystem::path document() const { return path_ / "identity.json"; }

    /// Makes it, mode 0700.
    [[nodiscard]] Result<void> prepare() const;
    /// device.not_enrolled when there is none.
    [[nodiscard]] Result<Identity> load() const;
    [[nodiscard]] Result<void> save(const Identity& identity) const;
    /// How to reach an endpoint as this device.
    [[nodiscard]] security::ConnectionPolicy policy(const Endpoint& endpoint,
                                                    const std::optional<security::HttpProxy>& proxy) const;

private:
    std::filesystem::path path_;
};

}  // namespace watchglass::device

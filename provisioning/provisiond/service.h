// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/metrics.h"
#include "libs/foundation/random.h"
#include "libs/foundation/result.h"
#include "libs/foundation/settings.h"

namespace watchglass::provisioning {

struct ProvisioningSettings {
    std::string dsn;
    std::size_t connections = 4;
    std::filesystem::path socket;
    std::size_t workers = 16;
    std::filesystem::path signer_socket;
    std::string public_host;
    std::uint16_t public_port = 443;
    std::filesystem::path trust_bundle;
    std::chrono::milliseconds ticket_lifetime{std::chrono::hours(24)};
    std::chrono::milliseconds broker_patience{10'000};
    std::chrono::milliseconds life_patience{1'000};
    std::int64_t failures_per_minute = 60;
};

/// provisiond's part of the configuration (docs: the program's --print-config).
ProvisioningSettings read_provisioning_settings(SettingsReader& reader);

/// The whole of provisiond: everything wired, serving from start() to destruction.
class ProvisioningService {
public:
    /// Reads the trust bundle; connects to nothing yet.
    static Result<std::unique_ptr<ProvisioningService>> open(const ProvisioningSettings& settings,
                                                             const Clock& clock, Rng& rng,
                                                             metrics::Registry& metrics);
    ~ProvisioningService();

    /// Waits for the database up to a minute, and refuses one of the wrong version.
    Result<void> start();
    void stop();

private:
    struct Parts;
    explicit ProvisioningService(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// `--add-operator`: registers a certificate, with an audit entry; nothing when it is registered just so.
/// `tenant`: the name of the one tenant they may
/// work for; empty: every tenant.
struct NewOperator {
    std::string name;
    std::string role;
    std::filesystem::path certificate;
    std::string tenant;
};
Result<void> add_operator(const std::string& dsn, const NewOperator& who);

}  // namespace watchglass::provisioning

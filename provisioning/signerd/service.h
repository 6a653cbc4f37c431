// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "certs/authority.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/metrics.h"
#include "libs/foundation/result.h"
#include "libs/foundation/settings.h"

namespace watchglass::provisioning {

struct SignerSettings {
    std::filesystem::path socket;
    certs::PairFiles issuer;
};

/// signerd's part of the configuration.
SignerSettings read_signer_settings(SettingsReader& reader);

/// The whole of signerd: the issuing key behind a Unix socket (0660) that answers POST /sign and POST /crl.
class SignerService {
public:
    static Result<std::unique_ptr<SignerService>> open(const SignerSettings& settings, const Clock& clock,
                                                       metrics::Registry& metrics);
    ~SignerService();
    Result<void> start();
    void stop();

private:
    struct Parts;
    explicit SignerService(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace watchglass::provisioning

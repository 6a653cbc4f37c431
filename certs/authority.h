// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "certs/profile.h"
#include "libs/foundation/result.h"
#include "libs/security/certificate.h"
#include "libs/security/keys.h"

namespace watchglass::certs {

/// A certificate with its private key, in PEM files.
struct PairFiles {
    std::filesystem::path certificate;
    std::filesystem::path key;  ///< 0600
};
struct Pair {
    security::Certificate certificate;
    security::PrivateKey key;
};

/// Who a certificate is for.
struct Names {
    std::string common_name;
    std::vector<std::string> uris;
    std::vector<std::string> hosts;  ///< DNS names and addresses
};

/// Both files, belonging together, or certs.authority_damaged.
Result<Pair> load_pair(const PairFiles& files);

/// A root: signed by its own key.
Result<security::Certificate> self_sign(const CertificateProfile& profile, const Names& names,
                                        const security::PrivateKey& key, WallTime now);

/// Signs for `key` as the profile says.
Result<security::Certificate> issue(const CertificateProfile& profile, const Names& names,
                                    const security::PrivateKey& key, const Pair& issuer, WallTime now);

}  // namespace watchglass::certs

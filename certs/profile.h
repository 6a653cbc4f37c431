// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "libs/security/certificate.h"
#include "libs/security/keys.h"

namespace watchglass::certs {

/// What certificates of one kind look like, apart from names: data in certs/profiles/, compiled in.
struct CertificateProfile {
    std::string name;
    security::KeyKind key = security::KeyKind::ec_p256;  ///< of keys that we make for it
    bool authority = false;
    int path_length = 0;
    bool client_auth = false;
    bool server_auth = false;
    Microseconds lifetime{0};    ///< from now to notAfter
    Microseconds back_dated{0};  ///< notBefore lies this long before now, for clocks that are a little behind
    Microseconds crl_lifetime{0};  ///< authorities that sign revocation lists: how long one is good
    /// When its holder should ask for the next one, from the day it was made. Zero: nobody renews it by itself.
    Microseconds renew_from{0}, renew_until{0};
    Microseconds renewal_grace{
        0};  ///< so long after notAfter it may still ask for that, and for nothing else
};

/// The form of the files in certs/profiles/. Unknown members are refused, so that a misspelled restriction is not
/// silently missing. Fails with certs.profile_invalid.
Result<CertificateProfile> parse_profile(std::string_view json);

/// One that is compiled in: root, issuing-ca, service-ca, operator-ca, device, server, service, operator.
Result<CertificateProfile> builtin_profile(std::string_view name);

/// A shape with everything the profile decides; the names are empty.
security::CertificateShape shape_from(const CertificateProfile& profile, WallTime now);

/// The moment between renew_from and renew_until at which this certificate should be renewed: spread evenly over all
/// certificates, so that a fleet that enrolled in one morning does not come back in one, and always the same for one.
/// Nothing when the profile has no renewal.
std::optional<WallTime> renewal_moment(const CertificateProfile& profile,
                                       const security::Certificate& certificate);

/// Everything but the names is as the profile says, and the lifetime is at most the profile's.
bool fits(const security::CertificateShape& shape, const CertificateProfile& profile);

}  // namespace watchglass::certs

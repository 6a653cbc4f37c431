// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/failure.h"

namespace watchglass::security::codes {

inline constexpr Code key_malformed{"security.key_malformed", "The private key could not be read.",
                                    "Give an unencrypted key in PEM (PKCS#8, EC or RSA)."};
inline constexpr Code certificate_malformed{"security.certificate_malformed",
                                            "The certificate could not be read.",
                                            "Give X.509 certificates in PEM or DER."};
inline constexpr Code crl_malformed{"security.crl_malformed",
                                    "The certificate revocation list could not be read.",
                                    "Give one list in DER, as GET /v1/crl answers it."};
inline constexpr Code crypto_failed{"security.crypto_failed",
                                    "The cryptographic library refused an operation.",
                                    "Look at the program's log; it has the library's reason."};
inline constexpr Code trust_unusable{"security.trust_unusable",
                                     "The trusted certificates could not be loaded.",
                                     "Check the trust bundle's path and content, or ask for a new ticket."};

}  // namespace watchglass::security::codes

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/security/certificate.h"

namespace watchglass::security {

/// A PKCS#7 SignedData in DER that signs nothing and carries certificates (RFC 5652, section 5.1; "certs-only").
Result<Bytes> certs_only(const std::vector<Certificate>& certificates);

}  // namespace watchglass::security

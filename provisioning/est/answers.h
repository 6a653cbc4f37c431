// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/http/message.h"
#include "libs/security/certificate.h"
#include "provisioning/enrollment/issuance_desk.h"

namespace watchglass::provisioning::est {

/// Base64 in one line, because some clients cannot read more (RFC 7030, section 4 leaves it open).
http::Response base64_answer(std::string_view content_type, ByteSpan der);

/// Certificates and nothing else (RFC 7030, sections 4.1.3 and 4.2.3).
Result<http::Response> certificates_answer(const std::vector<security::Certificate>& certificates);

/// The device's own certificate alone, as the RFC demands; the authorities come from cacerts.
Result<http::Response> issued_answer(const IssuedIdentity& issued);

}  // namespace watchglass::provisioning::est

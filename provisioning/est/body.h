// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "libs/foundation/bytes.h"
#include "libs/foundation/result.h"
#include "libs/security/secret.h"

/// What a stranger says in an EST request (RFC 7030): plain functions over texts.
namespace watchglass::provisioning::est {

/// The certificate request of a body (RFC 7030, section 4.2.1): Base64 of DER, in lines or not; a transfer encoding is
/// not asked for (RFC 8951). registry.wrong_content_type, http.body_too_large, est.malformed_body. What the bytes
/// mean is read by whoever uses them.
Result<Bytes> read_request(std::string_view content_type, std::string_view body);

/// The ticket's secret, the password of HTTP Basic credentials (RFC 7617) in hexadecimal; any user will do:
/// est.ticket_required.
Result<security::Secret> ticket_secret(std::string_view authorization);

}  // namespace watchglass::provisioning::est

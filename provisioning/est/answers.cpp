// SPDX-License-Identifier: Apache-2.0
#include "provisioning/est/answers.h"

#include "libs/security/pkcs7.h"

namespace watchglass::provisioning::est {

http::Response base64_answer(std::string_view content_type, ByteSpan der) {
    auto response = http::text(200, content_type, to_base64(der));
    response.headers.emplace_back("Content-Transfer-Encoding", "base64");
    return response;
}

Result<http::Response> certificates_answer(const std::vector<security::Certificate>& certificates) {
    const auto message = security::certs_only(certificates);
    if (!message) return failed(message);
    return base64_answer("application/pkcs7-mime; smime-type=certs-only", *message);
}

Result<http::Response> issued_answer(const IssuedIdentity& issued) {
    auto certificate = security::Certificate::from_pem(issued.chain_pem);
    if (!certificate) return failed(certificate);
    return certificates_answer({std::move(*certificate)});
}

}  // namespace watchglass::provisioning::est

// SPDX-License-Identifier: Apache-2.0
#include "test/integration/provisioning/doors.h"

#include <catch2/catch.hpp>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

namespace watchglass::test {

security::PrivateKey new_key() { return security::PrivateKey::generate(security::KeyKind::ec_p256).value(); }

Bytes der_of(const std::string& csr_pem) {
    const auto begin = csr_pem.find('\n') + 1;
    return from_base64(csr_pem.substr(begin, csr_pem.find("-----END") - begin)).value();
}

Answer est_enroll(const RunningProvisioning& platform, const std::string& secret, const std::string& body,
                  const std::string& type) {
    return platform.send({.method = "POST",
                          .target = "/.well-known/est/simpleenroll",
                          .headers = {{"content-type", type},
                                      {"authorization", "Basic " + to_base64(as_bytes("anybody:" + secret))}},
                          .body = body},
                         std::nullopt);
}

Answer est_reenroll(const RunningProvisioning& platform, const security::Certificate& shown,
                    const std::string& body, int verify_result) {
    return platform.send({.method = "POST",
                          .target = "/.well-known/est/simplereenroll",
                          .headers = {{"content-type", "application/pkcs10"}},
                          .body = body},
                         shown, verify_result);
}

Answer renew(const RunningProvisioning& platform, const security::Certificate& shown, const std::string& csr,
             int verify_result) {
    return platform.send({.method = "POST",
                          .target = "/v1/renew",
                          .headers = {{"content-type", "application/json"}},
                          .body = json::Value::object({{"csr", csr}}).dump()},
                         shown, verify_result);
}

std::vector<security::Certificate> certificates_of_pkcs7(const std::string& base64) {
    const auto der = from_base64(base64).value();
    const unsigned char* at = der.data();
    PKCS7* message = d2i_PKCS7(nullptr, &at, static_cast<long>(der.size()));
    REQUIRE(message != nullptr);
    REQUIRE(at == der.data() + der.size());
    REQUIRE(PKCS7_type_is_signed(message));
    std::vector<security::Certificate> all;
    const auto* stack = message->d.sign->cert;
    for (int i = 0; i < sk_X509_num(stack); ++i) {
        all.push_back(security::Certificate::from_native(sk_X509_value(stack, i)));
    }
    CHECK(sk_PKCS7_SIGNER_INFO_num(message->d.sign->signer_info) <= 0);
    PKCS7_free(message);
    return all;
}

security::Certificate certificate_of(const Answer& answer) {
    INFO(answer.text);
    REQUIRE(answer.status == 200);
    const auto chain = answer.body.text("certificate_chain");
    if (chain) return security::Certificate::from_pem(*chain).value();
    const auto packed = certificates_of_pkcs7(answer.text);
    REQUIRE(packed.size() == 1);
    return packed.front();
}

EnrolledInstrument::EnrolledInstrument(const RunningProvisioning& platform, const std::string& serial)
    : device(platform.register_device(serial)),
      certificate(
          certificate_of(platform.enroll(platform.ticket_secret(device), RunningProvisioning::csr(key)))) {}

}  // namespace watchglass::test

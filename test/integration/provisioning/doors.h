// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "test/integration/provisioning/running_provisioning.h"

/// The doors to a certificate, as clients use them.
namespace watchglass::test {

security::PrivateKey new_key();

/// A request in DER over this key, from its PEM.
Bytes der_of(const std::string& csr_pem);

/// POST /.well-known/est/simpleenroll with a ticket's secret as password.
Answer est_enroll(const RunningProvisioning& platform, const std::string& secret, const std::string& body,
                  const std::string& type = "application/pkcs10");
/// POST /.well-known/est/simplereenroll as whoever shows this certificate.
Answer est_reenroll(const RunningProvisioning& platform, const security::Certificate& shown,
                    const std::string& body, int verify_result = 0);
/// POST /v1/renew as whoever shows this certificate.
Answer renew(const RunningProvisioning& platform, const security::Certificate& shown, const std::string& csr,
             int verify_result = 0);

/// The certificates of a Base64 PKCS#7 message.
std::vector<security::Certificate> certificates_of_pkcs7(const std::string& base64);
/// The device's certificate in the answer of any door.
security::Certificate certificate_of(const Answer& answer);

/// An instrument that was registered and enrolled by a ticket.
struct EnrolledInstrument {
    explicit EnrolledInstrument(const RunningProvisioning& platform, const std::string& serial = "1");
    std::string device;
    security::PrivateKey key = new_key();
    security::Certificate certificate;
};

}  // namespace watchglass::test

// SPDX-License-Identifier: Apache-2.0
#include "libs/security/certificate.h"

#include <catch2/catch.hpp>
#include <openssl/x509v3.h>

#include "libs/security/codes.h"

using namespace watchglass;
using namespace watchglass::security;

namespace {

constexpr WallTime year_2026{1'790'000'000'000'000};
constexpr WallTime year_2056{2'736'000'000'000'000};

CertificateShape authority_shape() {
    return {.common_name = "Root",
            .uris = {},
            .dns_names = {},
            .authority = true,
            .path_length = 1,
            .not_before = year_2026,
            .not_after = year_2056};
}

struct Authority {
    PrivateKey key = PrivateKey::generate(KeyKind::ec_p384).value();
    Certificate certificate = sign_certificate(authority_shape(), public_key_der(key), key, nullptr).value();
};

}  // namespace

TEST_CASE("a certificate has exactly the names, times and uses of its shape", "[security][certificate]") {
    const Authority root;
    const auto key = PrivateKey::generate(KeyKind::ec_p256).value();
    const CertificateShape shape{.common_name = "device",
                                 .uris = {"urn:uuid:1", "urn:example:2"},
                                 .dns_names = {"gate.example", "127.0.0.1", "::1"},
                                 .client_auth = true,
                                 .not_before = year_2026,
                                 .not_after = year_2026 + std::chrono::hours(24 * 90)};
    const auto made = sign_certificate(shape, public_key_der(key), root.key, &root.certificate).value();

    CHECK(made.common_name() == "device");
    CHECK(made.uris() == shape.uris);
    CHECK(made.not_before() == shape.not_before);
    CHECK(made.not_after() == shape.not_after);
    CHECK(made.public_key_digest() == key.public_key_digest());
    CHECK(made.issued_by(root.certificate));
    CHECK_FALSE(root.certificate.issued_by(made));
    CHECK(X509_check_host(made.native(), "gate.example", 0, 0, nullptr) == 1);
    CHECK(X509_check_ip_asc(made.native(), "127.0.0.1", 0) == 1);
    CHECK(X509_check_ip_asc(made.native(), "::1", 0) == 1);
    CHECK(X509_get_key_usage(made.native()) == KU_DIGITAL_SIGNATURE);
    CHECK(X509_get_extended_key_usage(made.native()) == XKU_SSL_CLIENT);
    CHECK(X509_check_ca(made.native()) == 0);
    CHECK(X509_check_purpose(made.native(), X509_PURPOSE_SSL_SERVER, 0) == 0);
}

TEST_CASE("an authority can sign certificates and revocation lists and carries its path length",
          "[security][certificate]") {
    const Authority root;
    CHECK(X509_check_ca(root.certificate.native()) == 1);
    CHECK(X509_get_key_usage(root.certificate.native()) == (KU_KEY_CERT_SIGN | KU_CRL_SIGN));
    CHECK(X509_get_pathlen(root.certificate.native()) == 1);
    CHECK(root.certificate.issued_by(root.certificate));
}

TEST_CASE("serial numbers are random and 128 bits at most", "[security][certificate]") {
    const Authority one;
    const auto again = sign_certificate(authority_shape(), public_key_der(one.key), one.key, nullptr).value();
    CHECK(again.serial_hex() != one.certificate.serial_hex());
    CHECK(again.serial_hex().size() <= 32);
    CHECK(again.fingerprint() != one.certificate.fingerprint());
}

TEST_CASE("an issuer's certificate with somebody else's key signs nothing", "[security][certificate]") {
    const Authority root;
    const auto other = PrivateKey::generate(KeyKind::ec_p384).value();
    const auto refused = sign_certificate(authority_shape(), public_key_der(other), other, &root.certificate);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == security::codes::crypto_failed);
}

TEST_CASE("certificates survive PEM, DER and sharing OpenSSL's object", "[security][certificate]") {
    const Authority root;
    const auto fingerprint = root.certificate.fingerprint();
    CHECK(Certificate::from_pem(root.certificate.to_pem())->fingerprint() == fingerprint);
    CHECK(Certificate::from_der(root.certificate.to_der())->fingerprint() == fingerprint);
    CHECK(Certificate::from_native(root.certificate.native()).fingerprint() == fingerprint);
}

TEST_CASE("a chain is read whole or not at all", "[security][certificate]") {
    const Authority one;
    const Authority two;
    const auto pem = one.certificate.to_pem() + two.certificate.to_pem();
    const auto chain = Certificate::chain_from_pem(pem).value();
    REQUIRE(chain.size() == 2);
    CHECK(chain[1].fingerprint() == two.certificate.fingerprint());

    CHECK_FALSE(Certificate::chain_from_pem(""));
    CHECK_FALSE(Certificate::chain_from_pem("no certificate here"));
    std::string damaged = pem;
    damaged[one.certificate.to_pem().size() + 60] = '!';
    CHECK_FALSE(Certificate::chain_from_pem(damaged));
}

TEST_CASE("bytes behind a certificate make it malformed", "[security][certificate]") {
    Bytes der = Authority{}.certificate.to_der();
    der.push_back(0);
    CHECK(Certificate::from_der(der).error().code == security::codes::certificate_malformed);
    CHECK_FALSE(Certificate::from_der({}));
    CHECK_FALSE(Certificate::from_pem("garbage"));
}

// SPDX-License-Identifier: Apache-2.0
#include "libs/security/csr.h"

#include <catch2/catch.hpp>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "libs/security/certificate.h"

using namespace watchglass;
using namespace watchglass::security;

namespace {

/// A request as a hostile or exotic client makes it: over any key, signed by any key. Takes both keys.
Bytes request_der(EVP_PKEY* subject, EVP_PKEY* signer) {
    X509_REQ* request = X509_REQ_new();
    X509_REQ_set_pubkey(request, subject);
    X509_REQ_sign(request, signer, EVP_PKEY_is_a(signer, "ED25519") == 1 ? nullptr : EVP_sha256());
    unsigned char* der = nullptr;
    const int size = i2d_X509_REQ(request, &der);
    Bytes bytes(der, der + (size > 0 ? size : 0));
    OPENSSL_free(der);
    X509_REQ_free(request);
    if (signer != subject) EVP_PKEY_free(signer);
    EVP_PKEY_free(subject);
    return bytes;
}

Bytes request_der(EVP_PKEY* key) { return request_der(key, key); }

}  // namespace

TEST_CASE("a request's key comes out as it went in, from PEM and from DER", "[security][csr]") {
    for (const KeyKind kind : {KeyKind::ec_p256, KeyKind::ec_p384, KeyKind::rsa_2048}) {
        const auto key = PrivateKey::generate(kind).value();
        const auto pem = make_csr_pem(key, "anything").value();
        const auto read = read_csr(as_bytes(pem));
        REQUIRE(read);
        CHECK(read->public_key_der == public_key_der(key));
        CHECK(read->public_key_digest == key.public_key_digest());

        const auto begin = pem.find('\n') + 1;
        const auto der = from_base64(pem.substr(begin, pem.find("-----END") - begin)).value();
        CHECK(read_csr(der)->public_key_digest == key.public_key_digest());
    }
}

TEST_CASE("a request that is cut off, followed by something, empty or huge is malformed", "[security][csr]") {
    Bytes der = request_der(EVP_EC_gen("P-256"));
    REQUIRE(read_csr(der));
    CHECK(read_csr(ByteSpan(der).first(der.size() - 1)).error().code == security::codes::csr_malformed);
    der.push_back(0);
    CHECK(read_csr(der).error().code == security::codes::csr_malformed);
    CHECK(read_csr({}).error().code == security::codes::csr_malformed);
    CHECK(read_csr(as_bytes("-----BEGIN CERTIFICATE REQUEST-----")).error().code ==
          security::codes::csr_malformed);
    CHECK(read_csr(Bytes(17u << 10, 0x30)).error().code == security::codes::csr_malformed);
}

TEST_CASE("a request signed by another key than its own proves nothing", "[security][csr]") {
    const auto stolen = request_der(EVP_EC_gen("P-256"), EVP_EC_gen("P-256"));
    CHECK(read_csr(stolen).error().code == security::codes::csr_no_possession);
}

TEST_CASE("weak and unusual keys are refused", "[security][csr]") {
    CHECK(read_csr(request_der(EVP_RSA_gen(1024))).error().code == security::codes::csr_weak_key);
    CHECK(read_csr(request_der(EVP_EC_gen("P-224"))).error().code == security::codes::csr_weak_key);
    CHECK(read_csr(request_der(EVP_EC_gen("secp256k1"))).error().code == security::codes::csr_weak_key);
    CHECK(read_csr(request_der(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))).error().code ==
          security::codes::csr_weak_key);
}

TEST_CASE("the same key with a compressed point is the same key", "[security][csr]") {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    EVP_PKEY_up_ref(key);
    const auto plain = read_csr(request_der(key)).value();
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
    const auto der = request_der(key);
    const auto compressed = read_csr(der);
    REQUIRE(compressed);
    CHECK(compressed->public_key_der == plain.public_key_der);
    CHECK(compressed->public_key_digest == plain.public_key_digest);
}

TEST_CASE("a curve that is spelled out instead of named is refused", "[security][csr]") {
    // The same key would have two encodings, and "one public key, one device" two answers.
    EVP_PKEY* key = EVP_EC_gen("P-256");
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
    CHECK(read_csr(request_der(key)).error().code == security::codes::csr_weak_key);
}

TEST_CASE("a public key alone is held to the same rules", "[security][csr]") {
    const auto good = public_key_der(PrivateKey::generate(KeyKind::ec_p256).value());
    CHECK(check_public_key(good));
    CHECK_FALSE(check_public_key(ByteSpan(good).first(good.size() - 1)));
    CHECK_FALSE(check_public_key({}));
    unsigned char* der = nullptr;
    EVP_PKEY* weak = EVP_RSA_gen(1024);
    const int size = i2d_PUBKEY(weak, &der);
    CHECK(check_public_key(ByteSpan(der, static_cast<std::size_t>(size))).error().code ==
          security::codes::csr_weak_key);
    OPENSSL_free(der);
    EVP_PKEY_free(weak);
}

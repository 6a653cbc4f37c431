// SPDX-License-Identifier: Apache-2.0
#include "provisioning/issuing/pipeline.h"

#include <catch2/catch.hpp>
#include <openssl/x509v3.h>

#include "certs/development_pki.h"
#include "provisioning/codes.h"
#include "provisioning/issuing/signing_desk.h"
#include "test/support/temporary_directory.h"
#include "test/unit/provisioning/hostile_requests.h"

using namespace watchglass;
using namespace watchglass::provisioning;
using namespace std::chrono_literals;

namespace {

DeviceId some_device() {
    SystemRng rng;
    return DeviceId::random(rng);
}

const SystemClock system_clock;

}  // namespace

TEST_CASE("sixty hostile requests put nothing but a key into a certificate", "[provisioning][pipeline]") {
    const test::TemporaryDirectory directory;
    const auto pki = certs::make_development_pki(directory / "pki", {}, system_clock).value();
    auto desk = SigningDesk::open(pki.issuing(), system_clock).value();
    const auto pipeline = device_pipeline().value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const Subject subject{some_device(), "registered"};

    const auto requests = test::hostile_requests(key);
    REQUIRE(requests.size() >= 60);
    for (const auto& request : requests) {
        INFO(request.wish);
        const auto prepared = pipeline.prepare(subject, request.der, system_clock.wall());
        REQUIRE(prepared);
        const auto made =
            desk.sign({prepared->profile, prepared->shape, prepared->request.public_key_der}).value();
        const auto& certificate = made.certificate;
        CHECK(certificate.public_key_digest() == key.public_key_digest());
        CHECK(certificate.common_name() == subject.device.text());
        REQUIRE(certificate.uris().size() == 1);
        CHECK(certificate.uris().front().starts_with("urn:uuid:"));
        CHECK(X509_check_ca(certificate.native()) == 0);
        CHECK(X509_get_key_usage(certificate.native()) == KU_DIGITAL_SIGNATURE);
        CHECK(X509_get_extended_key_usage(certificate.native()) == XKU_SSL_CLIENT);
        CHECK_FALSE(certificate.names_host("localhost"));
        CHECK_FALSE(certificate.names_host("127.0.0.1"));
        CHECK(X509_NAME_entry_count(X509_get_subject_name(certificate.native())) == 1);
        CHECK(X509_get_ext_count(certificate.native()) == 6);  // BC, KU, EKU, SAN, SKI, AKI
    }
}

TEST_CASE("a prepared certificate has whole seconds, an hour of back-dating and 90 days",
          "[provisioning][pipeline]") {
    const auto pipeline = device_pipeline().value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const auto csr = security::make_csr_pem(key, "x").value();
    constexpr WallTime now{1'790'000'000'123'456};
    const auto prepared = pipeline.prepare(Subject{some_device(), "enrolled"}, as_bytes(csr), now).value();
    CHECK(prepared.shape.not_before == WallTime{1'790'000'000'000'000} + -1h);
    CHECK(prepared.shape.not_after == WallTime{1'790'000'000'000'000} + 90 * 24h);
}

TEST_CASE("two certificates of one device differ in their UUID", "[provisioning][pipeline]") {
    const auto pipeline = device_pipeline().value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const auto csr = security::make_csr_pem(key, "x").value();
    const Subject subject{some_device(), "enrolled"};
    const auto one = pipeline.prepare(subject, as_bytes(csr), system_clock.wall()).value();
    const auto two = pipeline.prepare(subject, as_bytes(csr), system_clock.wall()).value();
    CHECK(one.shape.uris != two.shape.uris);
}

TEST_CASE("only a registered or enrolled device gets a certificate", "[provisioning][pipeline]") {
    const auto pipeline = device_pipeline().value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const auto csr = security::make_csr_pem(key, "x").value();
    for (const char* state : {"quarantined", "suspended", "revoked", "retired", ""}) {
        const auto refused =
            pipeline.prepare(Subject{some_device(), state}, as_bytes(csr), system_clock.wall());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == provisioning::codes::device_not_admitted);
    }
}

TEST_CASE("nothing that an earlier step did survives the enforcers", "[provisioning][pipeline]") {
    auto pipeline = device_pipeline().value();
    pipeline.shape.push_back(
        [](security::CertificateShape& shape, const certs::CertificateProfile&, WallTime) {
            shape.common_name = "service-ingest";
            shape.uris = {"urn:watchglass:service:ingest"};
            shape.dns_names = {"localhost"};
        });
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    const auto csr = security::make_csr_pem(key, "x").value();
    const Subject subject{some_device(), "registered"};
    const auto prepared = pipeline.prepare(subject, as_bytes(csr), system_clock.wall()).value();
    CHECK(prepared.shape.common_name == subject.device.text());
    CHECK(prepared.shape.uris.front().starts_with("urn:uuid:"));
    CHECK(prepared.shape.dns_names.empty());

    pipeline.shape.push_back([](security::CertificateShape& shape, const certs::CertificateProfile&,
                                WallTime) { shape.authority = true; });
    CHECK(pipeline.prepare(subject, as_bytes(csr), system_clock.wall()).error().code ==
          provisioning::codes::issuing_refused);
}

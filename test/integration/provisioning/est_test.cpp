// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <catch2/catch.hpp>
#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include "test/integration/provisioning/doors.h"
#include "test/unit/provisioning/hostile_requests.h"

using namespace watchglass;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

std::string new_body() { return to_base64(der_of(RunningProvisioning::csr(new_key()))); }

http::ClientResponse raw(const RunningProvisioning& platform, http::ClientRequest request) {
    request.timeout = 2 * patience;
    http::Client client{platform.directory / "provisiond.sock"};
    return client.send(request).value();
}

std::int64_t certificates(const RunningProvisioning& platform) {
    return platform.database.number("SELECT count(*) FROM watchglass.certificates");
}

}  // namespace

TEST_CASE("cacerts gives the root that instruments pin, and the authority that issues",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto answer = raw(platform, {.target = "/.well-known/est/cacerts"});
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-type") == "application/pkcs7-mime; smime-type=certs-only");
    CHECK(answer.header("content-transfer-encoding") == "base64");
    CHECK(answer.body.find('\n') == std::string::npos);
    const auto authorities = certificates_of_pkcs7(answer.body);
    std::set<security::Sha256> found;
    for (const auto& authority : authorities) found.insert(authority.fingerprint());
    CHECK(found == std::set<security::Sha256>{
                       certs::load_pair(platform.pki.root()).value().certificate.fingerprint(),
                       certs::load_pair(platform.pki.issuing()).value().certificate.fingerprint()});
}

TEST_CASE("csrattrs asks for a key on P-256", "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto answer = raw(platform, {.target = "/.well-known/est/csrattrs"});
    REQUIRE(answer.status == 200);
    CHECK(answer.header("content-type") == "application/csrattrs");
    const auto der = from_base64(answer.body).value();
    const unsigned char* at = der.data();
    STACK_OF(ASN1_TYPE)* attributes = d2i_ASN1_SEQUENCE_ANY(nullptr, &at, static_cast<long>(der.size()));
    REQUIRE(attributes != nullptr);
    CHECK(at == der.data() + der.size());
    REQUIRE(sk_ASN1_TYPE_num(attributes) == 2);
    CHECK(OBJ_obj2nid(sk_ASN1_TYPE_value(attributes, 1)->value.object) == NID_ecdsa_with_SHA256);
    const ASN1_STRING* first = sk_ASN1_TYPE_value(attributes, 0)->value.sequence;
    const unsigned char* inside = first->data;
    X509_ATTRIBUTE* key = d2i_X509_ATTRIBUTE(nullptr, &inside, first->length);
    REQUIRE(key != nullptr);
    CHECK(OBJ_obj2nid(X509_ATTRIBUTE_get0_object(key)) == NID_X9_62_id_ecPublicKey);
    CHECK(OBJ_obj2nid(X509_ATTRIBUTE_get0_type(key, 0)->value.object) == NID_X9_62_prime256v1);
    X509_ATTRIBUTE_free(key);
    sk_ASN1_TYPE_pop_free(attributes, ASN1_TYPE_free);
}

TEST_CASE("an EST client turns a ticket into a certificate after it was asked for the ticket",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto secret = platform.ticket_secret(device);
    const auto body = new_body();
    const auto asked = raw(platform, {.method = "POST",
                                      .target = "/.well-known/est/simpleenroll",
                                      .headers = {{"content-type", "application/pkcs10"}},
                                      .body = body});
    CHECK(asked.status == 401);
    CHECK(asked.header("www-authenticate").starts_with("Basic "));
    CHECK(json::parse(asked.body)->text_or("code", "") == "est.ticket_required");
    const auto certificate = certificate_of(est_enroll(platform, secret, body));
    CHECK(certificate.common_name() == device);
    CHECK(certificate.issued_by(certs::load_pair(platform.pki.issuing()).value().certificate));
    CHECK(platform.database.value("SELECT state FROM watchglass.devices") == "enrolled");
}

TEST_CASE("a request may come in lines, with parameters of its type, and from any user",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    auto body = new_body();
    for (std::size_t at = 64; at < body.size(); at += 66) body.insert(at, "\r\n");
    const auto secret = platform.ticket_secret(platform.register_device());
    CHECK(est_enroll(platform, secret, body, "Application/PKCS10; name=x").status == 200);
}

TEST_CASE("a lost answer can be asked for again through the other door", "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = RunningProvisioning::csr(new_key());
    const auto by_est = certificate_of(est_enroll(platform, secret, to_base64(der_of(csr))));
    CHECK(certificate_of(platform.enroll(secret, csr)).fingerprint() == by_est.fingerprint());
    CHECK(est_enroll(platform, secret, new_body()).code() == "enroll.ticket_spent");
    CHECK(platform.enroll(secret, RunningProvisioning::csr(new_key())).code() == "enroll.ticket_spent");
}

TEST_CASE("two hundred parallel uses of one ticket through both doors yield one certificate",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = RunningProvisioning::csr(new_key());
    const auto body = to_base64(der_of(csr));
    std::vector<Answer> answers(200);
    std::vector<std::thread> crowd;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        crowd.emplace_back([&, i] {
            answers[i] = i % 2 == 0 ? est_enroll(platform, secret, body) : platform.enroll(secret, csr);
        });
    }
    for (auto& thread : crowd) thread.join();
    std::set<security::Sha256> made;
    for (const auto& answer : answers) {
        // A busy database may send somebody away for a moment; nobody gets anything else.
        INFO(answer.text);
        REQUIRE((answer.status == 200 || answer.status == 503));
        if (answer.status == 200) made.insert(certificate_of(answer).fingerprint());
    }
    CHECK(made.size() == 1);
    CHECK(certificates(platform) == 1);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.access_changes") == 1);
}

TEST_CASE("sixty hostile requests through EST put nothing but a key into a certificate",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto secret = platform.ticket_secret(device);
    const auto key = new_key();
    const auto requests = hostile_requests(key);
    REQUIRE(requests.size() >= 60);
    std::set<security::Sha256> made;
    for (const auto& request : requests) {
        INFO(request.wish);
        const auto certificate = certificate_of(est_enroll(platform, secret, to_base64(request.der)));
        made.insert(certificate.fingerprint());
        CHECK(certificate.public_key_digest() == key.public_key_digest());
        CHECK(certificate.common_name() == device);
        REQUIRE(certificate.uris().size() == 1);
        CHECK(certificate.uris().front().starts_with("urn:uuid:"));
        CHECK(X509_check_ca(certificate.native()) == 0);
        CHECK(X509_get_key_usage(certificate.native()) == KU_DIGITAL_SIGNATURE);
        CHECK(X509_get_extended_key_usage(certificate.native()) == XKU_SSL_CLIENT);
        CHECK_FALSE(certificate.names_host("localhost"));
        CHECK(X509_NAME_entry_count(X509_get_subject_name(certificate.native())) == 1);
        CHECK(X509_get_ext_count(certificate.native()) == 6);  // BC, KU, EKU, SAN, SKI, AKI
    }
    CHECK(made.size() == 1);  // one ticket, one key: whatever else they asked for

    // And each of them as the first request of its key, to renew.
    const EnrolledInstrument pump{platform, "2"};
    for (std::size_t i = 0; i < requests.size(); ++i) {
        INFO(requests[i].wish);
        const auto again = hostile_requests(new_key())[i];
        const auto certificate =
            certificate_of(est_reenroll(platform, pump.certificate, to_base64(again.der)));
        CHECK(certificate.common_name() == pump.device);
        CHECK(X509_check_ca(certificate.native()) == 0);
        CHECK(X509_get_key_usage(certificate.native()) == KU_DIGITAL_SIGNATURE);
        CHECK(X509_get_extended_key_usage(certificate.native()) == XKU_SSL_CLIENT);
        CHECK(X509_get_ext_count(certificate.native()) == 6);
    }
}

TEST_CASE(
    "what EST cannot read is refused with a code, a next step and an audit entry of the ticket's device",
    "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto secret = platform.ticket_secret(device);
    const auto with = [&](const std::string& body, const std::string& type = "application/pkcs10") {
        auto answer = est_enroll(platform, secret, body, type);
        CHECK_FALSE(answer.body.text_or("next_step", "").empty());
        CHECK(platform.database.number(
                  "SELECT count(*) FROM watchglass.audit WHERE action = 'enroll.refused' AND device_id = '" +
                  device + "' AND detail->>'code' = '" + answer.code() + "'") >= 1);
        return answer;
    };
    CHECK(with("@@@").code() == "est.malformed_body");
    CHECK(with("@@@").status == 400);
    CHECK(with(RunningProvisioning::csr(new_key())).code() == "est.malformed_body");  // PEM
    CHECK(with("").code() == "csr.malformed");
    CHECK(with(to_base64(Bytes(500, 0x30))).code() == "csr.malformed");
    auto cut = der_of(RunningProvisioning::csr(new_key()));
    cut.pop_back();
    CHECK(with(to_base64(cut)).status == 400);
    const auto wrong = with(new_body(), "application/json");
    CHECK(wrong.status == 415);
    CHECK(wrong.code() == "registry.wrong_content_type");
    const auto large = with(std::string(30'000, 'A'));
    CHECK(large.status == 413);
    CHECK(large.code() == "http.body_too_large");
    CHECK(est_enroll(platform, secret, std::string(2u << 20, 'A')).status == 413);
    CHECK(certificates(platform) == 0);
    CHECK(est_enroll(platform, secret, new_body()).status == 200);  // the ticket was not spent by that
}

TEST_CASE("credentials that are no ticket are refused", "[provisioning][est]") {
    RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto with = [&](const std::string& authorization) {
        return raw(platform,
                   {.method = "POST",
                    .target = "/.well-known/est/simpleenroll",
                    .headers = {{"content-type", "application/pkcs10"}, {"authorization", authorization}},
                    .body = new_body()});
    };
    for (const auto& nonsense : std::vector<std::string>{
             "Basic", "Basic @", "Bearer abc", "Basic " + to_base64(as_bytes("no colon")),
             "Basic " + to_base64(as_bytes("user:")), "Basic " + to_base64(as_bytes("user:" + secret + "00")),
             "Basic " + to_base64(as_bytes(secret + ":user"))}) {
        INFO(nonsense);
        const auto answer = with(nonsense);
        CHECK(answer.status == 401);
        CHECK(answer.header("www-authenticate").starts_with("Basic "));
        CHECK(json::parse(answer.body)->text_or("code", "") == "est.ticket_required");
    }
    CHECK(est_enroll(platform, std::string(32, '0'), new_body()).code() == "enroll.ticket_unknown");
    platform.clock.advance(25h);
    CHECK(est_enroll(platform, secret, new_body()).code() == "enroll.ticket_expired");
    CHECK(certificates(platform) == 0);
}

TEST_CASE("a label names no authority, and an unknown operation no path", "[provisioning][est]") {
    const RunningProvisioning platform;
    for (const std::string operation : {"simpleenroll", "simplereenroll"}) {
        const auto answer = platform.send(
            {.method = "POST", .target = "/.well-known/est/factory/" + operation}, std::nullopt);
        CHECK(answer.status == 404);
        CHECK(answer.code() == "est.unknown_label");
        CHECK_FALSE(answer.body.text_or("next_step", "").empty());
    }
    CHECK(platform.send({.target = "/.well-known/est/factory/cacerts"}, std::nullopt).code() ==
          "est.unknown_label");
    CHECK(platform.send({.method = "POST", .target = "/.well-known/est/serverkeygen"}, std::nullopt).code() ==
          "http.no_such_path");
    CHECK(platform.send({.target = "/.well-known/est/simpleenroll"}, std::nullopt).status == 405);
}

TEST_CASE("a re-enrollment without a certificate is refused, whatever ticket comes with it",
          "[provisioning][est]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto answer =
        platform.send({.method = "POST",
                       .target = "/.well-known/est/simplereenroll",
                       .headers = {{"content-type", "application/pkcs10"},
                                   {"authorization", "Basic " + to_base64(as_bytes("x:" + secret))}},
                       .body = new_body()},
                      std::nullopt);
    CHECK(answer.status == 401);
    CHECK(answer.code() == "renew.certificate_required");
    CHECK(certificates(platform) == 0);
}

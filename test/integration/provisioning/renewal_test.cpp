// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <catch2/catch.hpp>
#include <openssl/x509.h>

#include "test/integration/provisioning/doors.h"

using namespace watchglass;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

constexpr int expired = 10;  // what the front door says of a certificate that has ended
constexpr auto day = 24h;

std::string new_csr() { return RunningProvisioning::csr(new_key()); }

std::int64_t admitted(const RunningProvisioning& platform) {
    return platform.database.number("SELECT count(*) FROM watchglass.access_current");
}

bool is_admitted(const RunningProvisioning& platform, const security::Certificate& certificate) {
    return platform.database.number(
               "SELECT count(*) FROM watchglass.access_current WHERE encode(fingerprint, 'hex') = '" +
               to_hex(certificate.fingerprint()) + "'") == 1;
}

std::int64_t refusals(const RunningProvisioning& platform, const std::string& device,
                      const std::string& code) {
    return platform.database.number(
        "SELECT count(*) FROM watchglass.audit WHERE action = 'renew.refused' AND device_id = '" + device +
        "' AND detail->>'code' = '" + code + "'");
}

/// Says everything that the other certificate says, its serial number too, and is signed by whoever.
security::Certificate copy_signed_by(const security::PrivateKey& key, const security::Certificate& original) {
    X509* copy = X509_dup(original.native());
    X509_set_pubkey(copy, key.native());
    X509_sign(copy, key.native(), EVP_sha256());
    return security::Certificate::adopt(copy);
}

}  // namespace

TEST_CASE("an instrument renews with its certificate, and both are good at the broker", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto key = new_key();
    const auto answer = renew(platform, pump.certificate, RunningProvisioning::csr(key));
    const auto renewed = certificate_of(answer);
    CHECK(answer.body.text("device").value() == pump.device);
    CHECK(renewed.common_name() == pump.device);
    CHECK(renewed.public_key_digest() == key.public_key_digest());
    CHECK(renewed.fingerprint() != pump.certificate.fingerprint());
    CHECK(is_admitted(platform, pump.certificate));
    CHECK(is_admitted(platform, renewed));
    CHECK(platform.database.value(
              "SELECT string_agg(action || ' ' || actor, ', ' ORDER BY entry) FROM watchglass.audit "
              "WHERE detail->>'renews' IS NOT NULL OR actor LIKE 'device:%'") ==
          "certificate.being_issued device:" + pump.device + ", certificate.issued device:" + pump.device);
    // The new one renews as well: that is how a device lives on.
    CHECK(renew(platform, renewed, new_csr()).status == 200);
}

TEST_CASE("the platform says when to renew: between the 60th and the 75th day, not everybody at once",
          "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    std::set<std::string> moments;
    for (int i = 0; i < 5; ++i) {
        const auto answer = renew(platform, pump.certificate, new_csr());
        const auto moment = answer.body.text("renew_at").value();
        const auto made = certificate_of(answer).not_after() + -90 * day;
        CHECK(parse_rfc3339(moment).value() >= made + 60 * day);
        CHECK(parse_rfc3339(moment).value() <= made + 75 * day);
        moments.insert(moment);
    }
    CHECK(moments.size() == 5);
}

TEST_CASE("a lost answer to a renewal can be asked for again through either door", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto csr = new_csr();
    const auto first = renew(platform, pump.certificate, csr);
    const auto again = renew(platform, pump.certificate, csr);
    const auto by_est = est_reenroll(platform, pump.certificate, to_base64(der_of(csr)));
    CHECK(certificate_of(again).fingerprint() == certificate_of(first).fingerprint());
    CHECK(certificate_of(by_est).fingerprint() == certificate_of(first).fingerprint());
    CHECK(again.body.text("renew_at").value() == first.body.text("renew_at").value());
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 2);
}

TEST_CASE("a renewal that was cut off before signing is finished by the next attempt", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto csr = new_csr();
    REQUIRE(renew(platform, pump.certificate, csr).status == 200);
    // As if the process had died between its two transactions.
    platform.database.run(
        "UPDATE watchglass.certificates SET state = 'being_issued', fingerprint = NULL, pem = NULL, serial = "
        "NULL WHERE ticket IS NULL");
    CHECK(renew(platform, pump.certificate, csr).status == 200);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates WHERE state = 'issued'") ==
          2);
}

TEST_CASE("a key that had a certificate is no new key", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const EnrolledInstrument other{platform, "2"};
    const auto own = renew(platform, pump.certificate, RunningProvisioning::csr(pump.key));
    CHECK(own.status == 409);
    CHECK(own.code() == "renew.key_not_new");
    const auto foreign = renew(platform, pump.certificate, RunningProvisioning::csr(other.key));
    CHECK(foreign.status == 409);
    CHECK(foreign.code() == "enroll.key_in_use");

    const auto key = new_key();
    const auto renewed = certificate_of(renew(platform, pump.certificate, RunningProvisioning::csr(key)));
    CHECK(renew(platform, renewed, RunningProvisioning::csr(key)).code() == "renew.key_not_new");
    CHECK(renew(platform, renewed, RunningProvisioning::csr(pump.key)).code() == "renew.key_not_new");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 3);
    CHECK(refusals(platform, pump.device, "renew.key_not_new") == 3);
}

TEST_CASE("two hundred parallel renewals with one key yield one certificate", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto csr = new_csr();
    const auto body = to_base64(der_of(csr));
    std::vector<Answer> answers(200);
    std::vector<std::thread> crowd;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        crowd.emplace_back([&, i] {
            answers[i] = i % 2 == 0 ? renew(platform, pump.certificate, csr)
                                    : est_reenroll(platform, pump.certificate, body);
        });
    }
    for (auto& thread : crowd) thread.join();
    std::set<security::Sha256> certificates;
    for (const auto& answer : answers) {
        // A busy database may send somebody away for a moment; nobody gets anything else.
        INFO(answer.text);
        REQUIRE((answer.status == 200 || answer.status == 503));
        if (answer.status == 200) certificates.insert(certificate_of(answer).fingerprint());
    }
    CHECK(certificates.size() == 1);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 2);
}

TEST_CASE("a device has three live certificates at most, and keeps the one it renews with",
          "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto second = certificate_of(renew(platform, pump.certificate, new_csr()));
    const auto third = certificate_of(renew(platform, pump.certificate, new_csr()));
    REQUIRE(admitted(platform) == 3);
    const auto csr = new_csr();
    const auto fourth = certificate_of(renew(platform, pump.certificate, csr));
    CHECK(admitted(platform) == 3);
    CHECK_FALSE(is_admitted(platform, second));
    CHECK(is_admitted(platform, pump.certificate));
    CHECK(is_admitted(platform, third));
    CHECK(platform.database.number(
              "SELECT count(*) FROM watchglass.audit WHERE action = 'certificate.withdrawn'") == 1);
    CHECK(renew(platform, second, new_csr()).code() == "renew.certificate_revoked");
    // Its answer may have been lost.
    CHECK(certificate_of(renew(platform, pump.certificate, csr)).fingerprint() == fourth.fingerprint());
    // Who has moved on to a later one loses the oldest.
    static_cast<void>(certificate_of(renew(platform, fourth, new_csr())));
    CHECK_FALSE(is_admitted(platform, pump.certificate));
}

TEST_CASE("a device that slept past its certificate's end comes back, and only to renew", "[provisioning]") {
    RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    platform.clock.advance(90 * day + 179 * day);
    CHECK(platform.send({.target = "/v1/devices"}, pump.certificate, expired).status == 401);
    const auto csr = new_csr();
    const auto renewed = certificate_of(renew(platform, pump.certificate, csr, expired));
    CHECK(is_admitted(platform, renewed));
    CHECK_FALSE(is_admitted(platform, pump.certificate));  // the broker's list does not grow for ever
    const auto again = est_reenroll(platform, pump.certificate, to_base64(der_of(csr)), expired);
    CHECK(certificate_of(again).fingerprint() == renewed.fingerprint());
}

TEST_CASE("half a year after its end a certificate renews no more", "[provisioning]") {
    RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    platform.clock.advance(90 * day + 180 * day + 1s);
    const auto late = renew(platform, pump.certificate, new_csr(), expired);
    CHECK(late.status == 403);
    CHECK(late.code() == "renew.too_late");
    CHECK(est_reenroll(platform, pump.certificate, to_base64(der_of(new_csr())), expired).code() ==
          "renew.too_late");
    CHECK(refusals(platform, pump.device, "renew.too_late") == 2);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("a certificate does not renew before its first moment", "[provisioning]") {
    RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    platform.clock.set_wall(pump.certificate.not_before() + -1s);
    const auto early = renew(platform, pump.certificate, new_csr());
    CHECK(early.status == 403);
    CHECK(early.code() == "renew.not_yet_valid");
    // Letting the expired in is no way around it.
    CHECK(renew(platform, pump.certificate, new_csr(), expired).code() == "renew.not_yet_valid");
    CHECK(refusals(platform, pump.device, "renew.not_yet_valid") == 2);
}

TEST_CASE("a revoked certificate renews nothing, by any door", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    platform.database.run("UPDATE watchglass.certificates SET state = 'revoked'");
    CHECK(renew(platform, pump.certificate, new_csr()).code() == "renew.certificate_revoked");
    CHECK(est_reenroll(platform, pump.certificate, to_base64(der_of(new_csr()))).code() ==
          "renew.certificate_revoked");
    CHECK(refusals(platform, pump.device, "renew.certificate_revoked") == 2);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("a device that is suspended, revoked or retired does not renew", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    for (const std::string state : {"quarantined", "suspended", "revoked", "retired"}) {
        platform.database.run("UPDATE watchglass.devices SET state = '" + state + "'");
        const auto refused = renew(platform, pump.certificate, new_csr());
        CHECK(refused.status == 403);
        CHECK(refused.code() == "enroll.device_not_admitted");
    }
    CHECK(refusals(platform, pump.device, "enroll.device_not_admitted") == 4);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("a self-made certificate with the same subject and serial number is a stranger's",
          "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto forger = new_key();
    const auto forged = copy_signed_by(forger, pump.certificate);
    REQUIRE(forged.serial_hex() == pump.certificate.serial_hex());
    REQUIRE(forged.common_name() == pump.certificate.common_name());
    // Even if the front door had let it in.
    for (const int verdict : {0, expired}) {
        CHECK(renew(platform, forged, new_csr(), verdict).code() == "renew.certificate_unknown");
        CHECK(est_reenroll(platform, forged, to_base64(der_of(new_csr())), verdict).code() ==
              "renew.certificate_unknown");
    }
    CHECK(renew(platform, forged, new_csr(), 18).code() == "renew.certificate_not_verified");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
    // An administrator's certificate is none of a device either.
    CHECK(renew(platform, platform.new_operator_certificate(), new_csr()).code() ==
          "renew.certificate_unknown");
}

TEST_CASE("a request that names another device renews the one that asks", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const EnrolledInstrument other{platform, "2"};
    const auto csr = security::make_csr_pem(new_key(), other.device).value();
    CHECK(certificate_of(renew(platform, pump.certificate, csr)).common_name() == pump.device);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.access_current WHERE device_id = '" +
                                   other.device + "'") == 1);
}

TEST_CASE("malformed requests to renew are refused with a code and leave a trace", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const auto send = [&](const std::string& body, const std::string& type = "application/json") {
        return platform.send(
            {.method = "POST", .target = "/v1/renew", .headers = {{"content-type", type}}, .body = body},
            pump.certificate);
    };
    CHECK(send("{").code() == "json.malformed");
    CHECK(send("{}").code() == "registry.bad_field");
    CHECK(send(R"({"csr":7})").code() == "registry.bad_field");
    CHECK(send("{}", "text/plain").code() == "registry.wrong_content_type");
    CHECK(send(R"({"csr":"x"})").code() == "csr.malformed");
    CHECK(send(R"({"csr":")" + std::string(30'000, 'A') + "\"}").code() == "registry.bad_field");
    CHECK(platform.database.number(
              "SELECT count(*) FROM watchglass.audit WHERE action = 'renew.refused' AND device_id = '" +
              pump.device + "'") == 6);
    const auto nobody = platform.send({.method = "POST", .target = "/v1/renew"}, std::nullopt);
    CHECK(nobody.status == 401);
    CHECK(nobody.code() == "renew.certificate_required");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("an instrument that keeps failing to renew waits; its neighbors do not", "[provisioning]") {
    const RunningProvisioning platform;
    const EnrolledInstrument pump{platform};
    const EnrolledInstrument neighbor{platform, "2"};
    for (int i = 0; i < 100; ++i) static_cast<void>(renew(platform, pump.certificate, "x"));
    CHECK(renew(platform, pump.certificate, new_csr()).code() == "enroll.too_many_failures");
    CHECK(renew(platform, neighbor.certificate, new_csr()).status == 200);
}

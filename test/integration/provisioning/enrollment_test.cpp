// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "schemas/values/ticket.h"
#include "test/integration/provisioning/running_provisioning.h"

using namespace watchglass;
using namespace watchglass::test;
using namespace std::chrono_literals;
using security::PrivateKey;

namespace {

PrivateKey new_key() { return PrivateKey::generate(security::KeyKind::ec_p256).value(); }

security::Certificate certificate_of(const Answer& answer) {
    return security::Certificate::from_pem(answer.body.text("certificate_chain").value()).value();
}

}  // namespace

TEST_CASE("a registered instrument turns its ticket into an identity that the broker knows",
          "[provisioning]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto key = new_key();
    const auto answer = platform.enroll(platform.ticket_secret(device), platform.csr(key));
    INFO(answer.text);
    REQUIRE(answer.status == 200);
    CHECK(answer.body.text("device").value() == device);
    CHECK(answer.body.find("mqtt")->text("host").value() == "gate.example");
    CHECK(answer.body.find("mqtt")->integer("port").value() == 8443);
    CHECK(answer.body.text("trust_bundle").value().find("BEGIN CERTIFICATE") != std::string::npos);

    const auto certificate = certificate_of(answer);
    CHECK(certificate.common_name() == device);
    CHECK(certificate.public_key_digest() == key.public_key_digest());
    CHECK(certificate.issued_by(certs::load_pair(platform.pki.issuing()).value().certificate));

    const auto print = to_hex(certificate.fingerprint());
    const auto& db = platform.database;
    CHECK(db.value("SELECT device_id FROM watchglass.access_current WHERE encode(fingerprint, 'hex') = '" +
                   print + "'") == device);
    CHECK(db.value("SELECT op FROM watchglass.access_changes WHERE encode(fingerprint, 'hex') = '" + print +
                   "'") == "allow");
    CHECK(db.value("SELECT state FROM watchglass.devices WHERE device_id = '" + device + "'") == "enrolled");
    CHECK(db.value("SELECT string_agg(action, ' ' ORDER BY entry) FROM watchglass.audit WHERE device_id = '" +
                   device + "'") ==
          "device.registered ticket.made certificate.being_issued certificate.issued");
    const auto shown = platform.get("/v1/devices/" + device);
    REQUIRE(shown.body.find("certificates")->items().size() == 1);
    CHECK(shown.body.find("certificates")->items()[0].text("fingerprint").value() == print);
}

TEST_CASE("a lost answer can be asked for again with the same key, also after the ticket's time",
          "[provisioning]") {
    RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = platform.csr(new_key());
    const auto first = platform.enroll(secret, csr);
    REQUIRE(first.status == 200);
    platform.clock.advance(48h);
    const auto again = platform.enroll(secret, csr);
    REQUIRE(again.status == 200);
    CHECK(certificate_of(again).fingerprint() == certificate_of(first).fingerprint());
}

TEST_CASE("another key with a spent ticket is refused", "[provisioning]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    REQUIRE(platform.enroll(secret, platform.csr(new_key())).status == 200);
    const auto refused = platform.enroll(secret, platform.csr(new_key()));
    CHECK(refused.status == 409);
    CHECK(refused.code() == "enroll.ticket_spent");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("fifty parallel uses of one ticket with one key yield one certificate", "[provisioning]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = platform.csr(new_key());
    std::vector<Answer> answers(50);
    std::vector<std::thread> crowd;
    for (auto& answer : answers) crowd.emplace_back([&] { answer = platform.enroll(secret, csr); });
    for (auto& thread : crowd) thread.join();

    std::set<security::Sha256> certificates;
    for (const auto& answer : answers) {
        // A busy database may send somebody away for a moment; nobody gets anything else.
        INFO(answer.text);
        REQUIRE((answer.status == 200 || answer.status == 503));
        if (answer.status == 200) certificates.insert(certificate_of(answer).fingerprint());
    }
    CHECK(certificates.size() == 1);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.access_changes") == 1);
}

TEST_CASE("fifty parallel uses of one ticket with fifty keys yield one certificate", "[provisioning]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    std::vector<std::string> requests(50);
    std::generate(requests.begin(), requests.end(), [] { return RunningProvisioning::csr(new_key()); });
    std::vector<Answer> answers(requests.size());
    std::vector<std::thread> crowd;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        crowd.emplace_back([&, i] { answers[i] = platform.enroll(secret, requests[i]); });
    }
    for (auto& thread : crowd) thread.join();
    CHECK(std::count_if(answers.begin(), answers.end(), [](const Answer& a) { return a.status == 200; }) ==
          1);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("a key of one device is refused for another", "[provisioning]") {
    const RunningProvisioning platform;
    const auto csr = platform.csr(new_key());
    REQUIRE(platform.enroll(platform.ticket_secret(platform.register_device("1")), csr).status == 200);
    const auto other = platform.register_device("2");
    const auto secret = platform.ticket_secret(other);
    const auto refused = platform.enroll(secret, csr);
    CHECK(refused.status == 409);
    CHECK(refused.code() == "enroll.key_in_use");
    CHECK(platform.enroll(secret, platform.csr(new_key())).status ==
          200);  // the ticket was not spent by that
    CHECK(platform.database.number(
              "SELECT count(*) FROM watchglass.audit WHERE action = 'enroll.refused' AND device_id = '" +
              other + "' AND detail->>'code' = 'enroll.key_in_use'") == 1);
}

TEST_CASE("while no broker confirms, the answer is 'later', and asking again gives the same certificate",
          "[provisioning]") {
    const RunningProvisioning platform{/*with_broker=*/false};
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = platform.csr(new_key());
    const auto early = platform.enroll(secret, csr);
    CHECK(early.status == 503);
    CHECK(early.code() == "enroll.broker_behind");
    const ConfirmingBroker broker{platform.database};
    Answer answer;
    REQUIRE(eventually([&] {
        answer = platform.enroll(secret, csr);
        return answer.status == 200;
    }));
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 1);
}

TEST_CASE("an enrollment that was cut off before signing is finished by the next attempt", "[provisioning]") {
    const RunningProvisioning platform;
    const auto secret = platform.ticket_secret(platform.register_device());
    const auto csr = platform.csr(new_key());
    REQUIRE(platform.enroll(secret, csr).status == 200);
    // As if the process had died between its two transactions.
    platform.database.run(
        "UPDATE watchglass.certificates SET state = 'being_issued', fingerprint = NULL, pem = NULL, serial = "
        "NULL");
    const auto again = platform.enroll(secret, csr);
    CHECK(again.status == 200);
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates WHERE state = 'issued'") ==
          1);
}

TEST_CASE("a suspended device does not enroll", "[provisioning]") {
    const RunningProvisioning platform;
    const auto device = platform.register_device();
    const auto secret = platform.ticket_secret(device);
    platform.database.run("UPDATE watchglass.devices SET state = 'suspended'");
    const auto refused = platform.enroll(secret, platform.csr(new_key()));
    CHECK(refused.status == 403);
    CHECK(refused.code() == "enroll.device_not_admitted");
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.certificates") == 0);
}

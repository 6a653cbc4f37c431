// SPDX-License-Identifier: Apache-2.0
#include "provisioning/issuing/signing_desk.h"

#include <catch2/catch.hpp>

#include "certs/development_pki.h"
#include "libs/foundation/file.h"
#include "provisioning/codes.h"
#include "schemas/values/identifiers.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::provisioning;
using namespace std::chrono_literals;

namespace {

const SystemClock system_clock;

struct Desk {
    test::TemporaryDirectory directory;
    certs::DevelopmentPki pki = certs::make_development_pki(directory / "pki", {}, system_clock).value();
    SigningDesk desk = SigningDesk::open(pki.issuing(), system_clock).value();
};

SigningRequest good_request() {
    SystemRng rng;
    SigningRequest request;
    request.profile = "device";
    request.shape.common_name = DeviceId::random(rng).text();
    request.shape.uris = {"urn:uuid:01234567-89ab-4def-8123-456789abcdef"};
    const WallTime now = system_clock.wall();
    request.shape.not_before = now + -1h;
    request.shape.not_after = now + 90 * 24h;
    request.public_key_der =
        security::public_key_der(security::PrivateKey::generate(security::KeyKind::ec_p256).value());
    return request;
}

}  // namespace

TEST_CASE("the signer delivers the certificate and the authorities below the root",
          "[provisioning][signer]") {
    Desk d;
    const auto made = d.desk.sign(good_request()).value();
    const auto chain = security::Certificate::chain_from_pem(made.chain_pem).value();
    REQUIRE(chain.size() == 2);
    CHECK(chain[0].fingerprint() == made.certificate.fingerprint());
    CHECK(chain[0].issued_by(chain[1]));
    CHECK(chain[1].fingerprint() == certs::load_pair(d.pki.issuing()).value().certificate.fingerprint());
}

TEST_CASE("a request survives its way over the socket", "[provisioning][signer]") {
    const auto request = good_request();
    const auto read = signing_request_from(json::parse(to_json(request).dump()).value()).value();
    CHECK(read.profile == request.profile);
    CHECK(read.shape.common_name == request.shape.common_name);
    CHECK(read.shape.uris == request.shape.uris);
    CHECK(read.shape.not_before == request.shape.not_before);
    CHECK(read.shape.not_after == request.shape.not_after);
    CHECK(read.public_key_der == request.public_key_der);
}

TEST_CASE("the signer refuses what no instrument may have, whoever asks", "[provisioning][signer]") {
    Desk d;
    const auto refuses = [&](const char* what, auto change) {
        INFO(what);
        auto request = good_request();
        change(request);
        CHECK_FALSE(d.desk.sign(request));
    };
    CHECK(d.desk.sign(good_request()));
    refuses("another profile", [](auto& r) { r.profile = "issuing-ca"; });
    refuses("a name that is no device id", [](auto& r) { r.shape.common_name = "service-ingest"; });
    refuses("a service's URI", [](auto& r) { r.shape.uris = {"urn:watchglass:service:ingest"}; });
    refuses("two URIs", [](auto& r) { r.shape.uris.push_back(r.shape.uris.front()); });
    refuses("no URI", [](auto& r) { r.shape.uris.clear(); });
    refuses("a longer life", [](auto& r) { r.shape.not_after = r.shape.not_after + 24h; });
    refuses("a much earlier start", [](auto& r) { r.shape.not_before = r.shape.not_before + -48h; });
    refuses("a start in the future", [](auto& r) { r.shape.not_before = system_clock.wall() + 1h; });
    refuses("an end in the past", [](auto& r) { r.shape.not_after = system_clock.wall() + -1min; });
    refuses("no key", [](auto& r) { r.public_key_der.clear(); });
}

TEST_CASE("asking for authority in the request is not even read", "[provisioning][signer]") {
    Desk d;
    auto document = to_json(good_request());
    document.set("authority", true);
    document.set("server_auth", true);
    document.set("dns_names", json::Value::array({"localhost"}));
    http::Request request;
    request.body = document.dump();
    const auto response = d.desk.answer(request);
    REQUIRE(response.status == 200);
    const auto chain = json::parse(response.body)->text("chain").value();
    const auto certificate = security::Certificate::from_pem(chain).value();
    CHECK_FALSE(certificate.names_host("localhost"));
    CHECK(certificate.uris().size() == 1);
}

TEST_CASE("the signer decides when a revocation list begins and ends", "[provisioning][signer]") {
    Desk d;
    const WallTime before = system_clock.wall();
    const CrlRequest asked{.number = 7, .revoked = {{"0badc0de", before + -24h}}};
    const auto sent = crl_request_from(json::parse(to_json(asked).dump()).value()).value();
    CHECK(sent.number == 7);
    CHECK(sent.revoked == asked.revoked);

    const auto made = d.desk.sign_crl(sent).value();
    CHECK(made.number() == 7);
    CHECK(made.revoked().size() == 1);
    CHECK(made.this_update() + 1s > before);
    CHECK(made.next_update() - made.this_update() == 24h);
    CHECK(made.issued_by(certs::load_pair(d.pki.issuing()).value().certificate));
    CHECK_FALSE(d.desk.sign_crl({.number = 0, .revoked = {}}));
    CHECK_FALSE(d.desk.sign_crl({.number = 8, .revoked = {{"no serial", before}}}));
}

TEST_CASE("malformed requests for a revocation list are answered as problems", "[provisioning][signer]") {
    Desk d;
    for (const char* body : {"", "[]", "{}", R"({"number":1})", R"({"number":1,"revoked":[{}]})",
                             R"({"number":1,"revoked":[{"serial":"01","revoked_at":"yesterday"}]})"}) {
        INFO(body);
        http::Request request;
        request.body = body;
        CHECK(d.desk.answer_crl(request).status == 400);
    }
}

TEST_CASE("malformed requests to the signer are answered as problems", "[provisioning][signer]") {
    Desk d;
    for (const char* body : {"", "{", "[]", "{}", R"({"profile":"device"})", R"({"profile":1})"}) {
        http::Request request;
        request.body = body;
        CHECK(d.desk.answer(request).status == 400);
    }
}

TEST_CASE("a signer without its key does not start", "[provisioning][signer]") {
    Desk d;
    auto files = d.pki.issuing();
    files.key = d.pki.root().key;
    CHECK_FALSE(SigningDesk::open(files, system_clock));
}

// SPDX-License-Identifier: Apache-2.0
#include "libs/security/crl.h"

#include <catch2/catch.hpp>

#include "libs/security/codes.h"

using namespace watchglass;
using namespace watchglass::security;

namespace {

constexpr WallTime year_2026{1'790'000'000'000'000};
constexpr WallTime a_day_later{1'790'086'400'000'000};

struct Authority {
    PrivateKey key = PrivateKey::generate(KeyKind::ec_p384).value();
    Certificate certificate = sign_certificate({.common_name = "Issuing",
                                                .uris = {},
                                                .dns_names = {},
                                                .authority = true,
                                                .not_before = year_2026,
                                                .not_after = a_day_later},
                                               public_key_der(key), key, nullptr)
                                  .value();
};

CrlShape some_list() {
    return {.number = 1'790'000'000,
            .this_update = year_2026,
            .next_update = a_day_later,
            .revoked = {{"ff00000000000000000000000000000b", year_2026},
                        {"07", year_2026},
                        {"0a00000000000000000000000000000c", a_day_later}}};
}

}  // namespace

TEST_CASE("a revocation list says what its issuer decided", "[security][crl]") {
    const Authority issuer;
    const auto made = sign_crl(some_list(), issuer.key, issuer.certificate).value();
    const auto read = Crl::from_der(made.to_der()).value();
    CHECK(read.number() == 1'790'000'000);
    CHECK(read.this_update() == year_2026);
    CHECK(read.next_update() == a_day_later);
    CHECK(read.revoked() == std::vector<RevokedSerial>{{"07", year_2026},
                                                       {"0a00000000000000000000000000000c", a_day_later},
                                                       {"ff00000000000000000000000000000b", year_2026}});
    CHECK(read.to_pem().starts_with("-----BEGIN X509 CRL-----"));
}

TEST_CASE("a list names nobody when nobody was revoked", "[security][crl]") {
    const Authority issuer;
    auto shape = some_list();
    shape.revoked.clear();
    CHECK(sign_crl(shape, issuer.key, issuer.certificate).value().revoked().empty());
}

TEST_CASE("a list is its issuer's, and not that of another with the same name", "[security][crl]") {
    const Authority issuer;
    const Authority namesake;
    const auto made = sign_crl(some_list(), issuer.key, issuer.certificate).value();
    CHECK(made.issued_by(issuer.certificate));
    CHECK_FALSE(made.issued_by(namesake.certificate));
    auto changed = made.to_der();
    changed.back() ^= 1;
    const auto read = Crl::from_der(changed);
    CHECK((!read || !read->issued_by(issuer.certificate)));
}

TEST_CASE("a serial that no certificate can have is not listed", "[security][crl]") {
    const Authority issuer;
    for (const auto& serial : {std::string(), std::string("xyz"), std::string("abc"), std::string(42, 'a')}) {
        INFO(serial);
        auto shape = some_list();
        shape.revoked = {{serial, year_2026}};
        const auto refused = sign_crl(shape, issuer.key, issuer.certificate);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == security::codes::crypto_failed);
    }
}

TEST_CASE("what is no revocation list, or more than one, is malformed", "[security][crl]") {
    const Authority issuer;
    auto der = sign_crl(some_list(), issuer.key, issuer.certificate).value().to_der();
    der.push_back(0);
    CHECK(Crl::from_der(der).error().code == security::codes::crl_malformed);
    CHECK_FALSE(Crl::from_der({}));
    CHECK_FALSE(Crl::from_der(issuer.certificate.to_der()));
}

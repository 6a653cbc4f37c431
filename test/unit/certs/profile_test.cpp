// SPDX-License-Identifier: Apache-2.0
#include "certs/profile.h"

#include <catch2/catch.hpp>

#include "certs/authority.h"
#include "certs/codes.h"

using namespace watchglass;
using namespace watchglass::certs;
using namespace std::chrono_literals;

TEST_CASE("every profile that is compiled in can be used", "[certs][profile]") {
    for (const char* name :
         {"root", "issuing-ca", "service-ca", "operator-ca", "device", "server", "service", "operator"}) {
        const auto profile = builtin_profile(name);
        REQUIRE(profile);
        CHECK(profile->name == name);
    }
    CHECK(builtin_profile("nobody").error().code == certs::codes::profile_invalid);
}

TEST_CASE("an instrument's certificate lives 90 days, starts an hour ago and identifies a client only",
          "[certs][profile]") {
    const auto profile = builtin_profile("device").value();
    constexpr WallTime now{1'790'000'000'000'000};
    const auto shape = shape_from(profile, now);
    CHECK(shape.not_before == now + -1h);
    CHECK(shape.not_after == now + 90 * 24h);
    CHECK(shape.client_auth);
    CHECK_FALSE(shape.server_auth);
    CHECK_FALSE(shape.authority);
    CHECK(fits(shape, profile));
}

TEST_CASE("who issues for instruments says how long its revocation lists are good", "[certs][profile]") {
    CHECK(builtin_profile("issuing-ca")->crl_lifetime == 24h);
    const std::string authority = R"({"name":"x","key":"ec_p384","authority":true,"path_length":0,"uses":[],)"
                                  R"("lifetime_days":1,"back_dated_minutes":0,"crl_lifetime_hours":)";
    CHECK(parse_profile(authority + "1}")->crl_lifetime == 1h);
    CHECK_FALSE(parse_profile(authority + "0}"));
    CHECK_FALSE(parse_profile(authority + "\"1\"}"));
}

TEST_CASE("a shape that goes beyond its profile does not fit", "[certs][profile]") {
    const auto profile = builtin_profile("device").value();
    const auto good = shape_from(profile, WallTime{1'790'000'000'000'000});
    auto shape = good;
    shape.not_after = shape.not_after + 1s;
    CHECK_FALSE(fits(shape, profile));
    shape = good;
    shape.authority = true;
    CHECK_FALSE(fits(shape, profile));
    shape = good;
    shape.server_auth = true;
    CHECK_FALSE(fits(shape, profile));
    shape = good;
    shape.not_after = shape.not_before;
    CHECK_FALSE(fits(shape, profile));
}

TEST_CASE("a misspelled or senseless profile is refused", "[certs][profile]") {
    const std::string good = R"({"name":"x","key":"ec_p256","authority":false,"uses":["client"],)"
                             R"("lifetime_days":1,"back_dated_minutes":0)";
    CHECK(parse_profile(good + "}"));
    CHECK_FALSE(parse_profile(good + R"(,"path_lenght":0})"));
    CHECK_FALSE(parse_profile(R"({"name":"x"})"));
    CHECK_FALSE(parse_profile("[]"));
    CHECK_FALSE(parse_profile(R"({"name":"x","key":"ec_p256","authority":true,"uses":[],)"
                              R"("lifetime_days":1,"back_dated_minutes":0})"));
    CHECK_FALSE(parse_profile(R"({"name":"x","key":"dsa","authority":false,"uses":[],)"
                              R"("lifetime_days":1,"back_dated_minutes":0})"));
}

TEST_CASE("a renewal that does not fit into the lifetime, or half of one, is refused", "[certs][profile]") {
    const std::string good = R"({"name":"x","key":"ec_p256","authority":false,"uses":["client"],)"
                             R"("lifetime_days":10,"back_dated_minutes":0)";
    CHECK(parse_profile(good + R"(,"renew_from_days":6,"renew_until_days":8,"renewal_grace_days":0})"));
    CHECK_FALSE(parse_profile(good + R"(,"renew_from_days":6,"renew_until_days":8})"));
    CHECK_FALSE(parse_profile(good + R"(,"renewal_grace_days":8})"));
    CHECK_FALSE(parse_profile(good + R"(,"renew_from_days":8,"renew_until_days":6,"renewal_grace_days":0})"));
    CHECK_FALSE(
        parse_profile(good + R"(,"renew_from_days":6,"renew_until_days":10,"renewal_grace_days":0})"));
    CHECK_FALSE(
        parse_profile(good + R"(,"renew_from_days":6,"renew_until_days":8,"renewal_grace_days":-1})"));
}

TEST_CASE("instruments renew spread over days 60 to 75, each at a moment of its own that does not change",
          "[certs][profile]") {
    const auto profile = builtin_profile("device").value();
    const auto key = security::PrivateKey::generate(security::KeyKind::ec_p256).value();
    constexpr WallTime made{1'790'000'000'000'000};
    constexpr auto day = 24h;
    int early = 0;
    for (int i = 0; i < 200; ++i) {
        const auto certificate = self_sign(profile, {"x", {}, {}}, key, made).value();
        const auto moment = renewal_moment(profile, certificate).value();
        CHECK(moment == renewal_moment(profile, certificate).value());
        CHECK(moment >= made + 60 * day);
        CHECK(moment <= made + 75 * day);
        if (moment < made + 67 * day + 12h) ++early;
    }
    CHECK(early > 50);  // 100 on the average; fewer than 51 come once in a million million runs
    CHECK(early < 150);
    CHECK_FALSE(renewal_moment(builtin_profile("server").value(),
                               self_sign(profile, {"x", {}, {}}, key, made).value()));
}

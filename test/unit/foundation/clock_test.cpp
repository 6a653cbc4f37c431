// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/clock.h"

#include <limits>

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace std::chrono_literals;

TEST_CASE("a time is written in RFC 3339 and reads back", "[foundation][clock]") {
    CHECK(to_rfc3339({0}) == "1970-01-01T00:00:00.000000Z");
    CHECK(to_rfc3339({1'795'206'361'000'250}) == "2026-11-20T20:26:01.000250Z");
    CHECK(to_rfc3339({-1}) == "1969-12-31T23:59:59.999999Z");
    for (const std::int64_t us :
         {0L, -1L, 951'782'400'000'000L, 1'795'206'361'000'250L, -62'135'596'800'000'000L}) {
        CHECK(parse_rfc3339(to_rfc3339({us}))->us == us);
    }
    CHECK(to_rfc3339({std::numeric_limits<std::int64_t>::max()}) == "us:9223372036854775807");
    CHECK(to_rfc3339({std::numeric_limits<std::int64_t>::min()}) == "us:-9223372036854775808");
}

TEST_CASE("zones, fractions and leap days are understood", "[foundation][clock]") {
    const auto at = [](std::string_view text) { return parse_rfc3339(text)->us; };
    CHECK(at("2026-11-20T21:26:01+01:00") == at("2026-11-20T20:26:01Z"));
    CHECK(at("2026-11-20t15:56:01.5-04:30") == at("2026-11-20T20:26:01.500Z"));
    CHECK(at("1970-01-01T00:00:00.123456789Z") == 123456);
    CHECK(at("2024-02-29T00:00:00Z") + 86'400'000'000 == at("2024-03-01T00:00:00Z"));
    CHECK(at("2016-12-31T23:59:60Z") == at("2017-01-01T00:00:00Z"));
}

TEST_CASE("what is not a whole RFC 3339 time is refused", "[foundation][clock]") {
    const auto* const bad = GENERATE(
        "", "2026-11-20", "2026-11-20T20:26:01", "2026-11-20T20:26Z", "2026-13-01T00:00:00Z",
        "2023-02-29T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T20:60:00Z", "2026-11-20T20:26:01.Z",
        "2026-11-20T20:26:01.1234567890Z", "2026-11-20T20:26:01Zx", "2026-11-20T20:26:01+1:00",
        "2026-11-20T20:26:01+24:00", "+026-11-20T20:26:01Z", "2026-11-00T00:00:00Z");
    INFO(bad);
    CHECK_FALSE(parse_rfc3339(bad));
}

TEST_CASE("durations are written as people write them", "[foundation][clock]") {
    CHECK(*parse_duration("250ms") == 250ms);
    CHECK(*parse_duration("90s") == 90s);
    CHECK(*parse_duration("15m") == 15min);
    CHECK(*parse_duration("6h") == 6h);
    CHECK(*parse_duration("30d") == 30 * 24h);
    for (const auto* bad : {"", "5", "s", "-5s", "1.5s", "5 s", "5x", "99999999999999d", "5ss"}) {
        INFO(bad);
        CHECK_FALSE(parse_duration(bad));
    }
    for (const auto duration : {0us, 1us, 1500us, 2000us, 90'000'000us, 7'200'000'000us}) {
        CHECK(*parse_duration(to_duration_text(duration)) == duration);
    }
    CHECK(to_duration_text(90s) == "90s");
    CHECK(to_duration_text(48h) == "2d");
}

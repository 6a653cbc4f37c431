// SPDX-License-Identifier: Apache-2.0
#include "broker-bridge/presence/sessions.h"

#include <catch2/catch.hpp>

using namespace watchglass;
using namespace watchglass::broker;

namespace {

const DeviceId id = *DeviceId::parse(std::string(26, 'c'));
const int one = 1;
const int two = 2;

}  // namespace

TEST_CASE("the goodbye of a session that was taken over says nothing about the device") {
    Sessions sessions;
    CHECK(sessions.admitted(&one, id, {}, WallTime{1})->connected);
    CHECK(sessions.admitted(&two, id, {}, WallTime{2})->connected);
    CHECK_FALSE(sessions.gone(&one, "closed", WallTime{3}));
    REQUIRE(sessions.present().size() == 1);
    CHECK(sessions.present()[0].at == WallTime{2});
    CHECK(sessions.gone(&two, "closed", WallTime{4})->reason == "closed");
    CHECK(sessions.present().empty());
}

TEST_CASE("a device whose certificate is not listed any more is kicked once, and has no will") {
    Sessions sessions;
    AccessTable table;
    table.apply({1, Op::allow, id, Fingerprint{1}});
    sessions.admitted(&one, id, Fingerprint{1}, WallTime{1});
    CHECK(sessions.to_kick(table).empty());
    table.apply({2, Op::allow, id, Fingerprint{2}});
    table.apply({3, Op::deny, id, Fingerprint{1}});
    CHECK(sessions.to_kick(table) == std::vector{id});
    CHECK(sessions.to_kick(table).empty());
    CHECK(sessions.gone(&one, "closed", WallTime{2})->reason == "denied");
    CHECK(sessions.leaving(&one) == nullptr);
}

TEST_CASE("a will may be asked about between the goodbye and the next turn") {
    Sessions sessions;
    sessions.admitted(&one, id, {}, WallTime{1});
    CHECK(sessions.leaving(&one) == nullptr);
    sessions.gone(&one, "lost", WallTime{2});
    CHECK(sessions.principal(&one) == nullptr);
    CHECK(sessions.leaving(&one) != nullptr);
    sessions.settle();
    CHECK(sessions.leaving(&one) == nullptr);
}

TEST_CASE("a service is nobody's presence, and an unknown connection's goodbye is nothing") {
    Sessions sessions;
    CHECK_FALSE(sessions.admitted(&one, Service::ingest, {}, WallTime{1}));
    CHECK_FALSE(sessions.gone(&one, "closed", WallTime{2}));
    CHECK_FALSE(sessions.gone(&two, "closed", WallTime{2}));
}

// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <limits>

#include <catch2/catch.hpp>

#include "schemas/codec/body.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/limits.h"
#include "test/unit/schemas/sample_bodies.h"

using namespace watchglass;
using namespace watchglass::test;
namespace why = watchglass::codec::codes;
namespace limits = watchglass::codec::limits;

namespace {

const WallTime noon{1'700'000'000'000'000};

Change change(std::uint32_t parameter, Value value, WallTime at = noon) {
    return {ParameterNumber{parameter}, at, std::move(value)};
}

Body body_with(const std::function<void(Body&)>& fill) {
    const Dictionary dictionary = mixed_dictionary();
    Body body;
    body.dictionary = dictionary.name;
    body.dictionary_version = dictionary.version;
    body.wall = noon;
    fill(body);
    return body;
}

Event event(std::string name) {
    Event made;
    made.name = std::move(name);
    made.at = noon;
    return made;
}

/// What the encoder says about a body.
std::string_view verdict(const std::function<void(Body&)>& fill) {
    const auto encoded = codec::encode_body(body_with(fill), mixed_dictionary());
    return encoded ? "accepted" : encoded.error().code.name;
}

}  // namespace

TEST_CASE("a frame holds its limits exactly", "[schemas][codec]") {
    CHECK(verdict([](Body& b) { b.changes.assign(120, change(1, 1.0)); }) == "accepted");
    CHECK(verdict([](Body& b) { b.changes.assign(121, change(1, 1.0)); }) == why::too_many_changes.name);
    CHECK(verdict([](Body& b) { b.confirmations.assign(1000, {ParameterNumber{1}, noon}); }) == "accepted");
    CHECK(verdict([](Body& b) {
              b.confirmations.assign(1001, {ParameterNumber{1}, noon});
          }) == why::too_many_confirmations.name);
    CHECK(verdict([](Body& b) { b.events.assign(32, event("door_open")); }) == "accepted");
    CHECK(verdict([](Body& b) { b.events.assign(33, event("door_open")); }) == why::too_many_events.name);
    CHECK(verdict([](Body& b) { b.changes = {change(70'000, std::string(4096, 'x'))}; }) == "accepted");
    CHECK(verdict([](Body& b) { b.changes = {change(70'000, std::string(4097, 'x'))}; }) ==
          why::text_too_long.name);
    CHECK(verdict([](Body& b) { b.changes.assign(17, change(70'000, std::string(4096, 'x'))); }) ==
          why::too_large.name);
    CHECK(verdict([](Body& b) {
              b.events = {event("door_open")};
              b.events[0].text.assign(513, 'x');
          }) == why::text_too_long.name);
}

TEST_CASE("a frame spans at most fifteen minutes", "[schemas][codec]") {
    const auto spanning = [](Microseconds span) {
        return verdict([span](Body& b) { b.changes = {change(1, 1.0, noon + span), change(1, 2.0, noon)}; });
    };
    CHECK(spanning(limits::span) == "accepted");
    CHECK(spanning(limits::span + Microseconds{1}) == why::span_too_long.name);
    CHECK(verdict([](Body& b) {
              b.changes = {change(1, 1.0)};
              b.confirmations = {{ParameterNumber{2}, noon + limits::span + Microseconds{1}}};
          }) == why::span_too_long.name);
}

TEST_CASE("a wrong clock is no reason to refuse", "[schemas][codec]") {
    for (const std::int64_t us :
         {std::int64_t{0}, std::int64_t{-1'000'000}, std::int64_t{4'294'967'296'000'000}, limits::earliest_us,
          limits::latest_us}) {
        CHECK(verdict([us](Body& b) {
                  b.wall = {us};
                  b.changes = {change(1, 1.0, {us})};
              }) == "accepted");
    }
    CHECK(verdict([](Body& b) { b.wall = {limits::latest_us + 1}; }) == why::time_out_of_range.name);
}

TEST_CASE("a value must be of its parameter's type", "[schemas][codec]") {
    const auto one = [](std::uint32_t parameter, Value value) {
        return verdict([&](Body& b) { b.changes = {change(parameter, value)}; });
    };
    CHECK(one(9, 1.0) == why::unknown_parameter.name);
    CHECK(one(0, 1.0) == why::unknown_parameter.name);
    CHECK(one(1, std::string{"1.0"}) == why::wrong_type.name);
    CHECK(one(70'000, 1.0) == why::wrong_type.name);
    CHECK(one(40, 1.5) == why::wrong_type.name);
    CHECK(one(40, 9007199254740992.0) == "accepted");
    CHECK(one(40, 9007199254740994.0) == why::wrong_type.name);
    CHECK(one(41, 1.0) == "accepted");
    CHECK(one(41, 2.0) == why::wrong_type.name);
    CHECK(one(42, 2.0) == "accepted");
    CHECK(one(42, 3.0) == why::wrong_type.name);
    CHECK(one(42, -1.0) == why::wrong_type.name);
    CHECK(one(1, std::numeric_limits<double>::quiet_NaN()) == why::not_finite.name);
    CHECK(one(1, -std::numeric_limits<double>::infinity()) == why::not_finite.name);
    CHECK(one(70'000, std::string{"\xc3\x28"}) == why::not_utf8.name);
    CHECK(one(70'000, std::string{"a\0b", 3}) == why::not_utf8.name);
}

TEST_CASE("an event is one that the dictionary or the SDK declares", "[schemas][codec]") {
    const auto named = [](const std::string& name) {
        return verdict([&](Body& b) { b.events = {event(name)}; });
    };
    CHECK(named("door_open") == "accepted");
    CHECK(named("limit.fine") == "accepted");
    CHECK(named("wg.journal_full") == "accepted");
    CHECK(named("window_open") == why::unknown_alarm.name);
    CHECK(named("limit.nothing") == why::unknown_alarm.name);
    CHECK(named("") == why::unknown_alarm.name);
    CHECK(verdict([](Body& b) {
              b.events = {event("door_open")};
              b.events[0].value = std::numeric_limits<double>::infinity();
          }) == why::not_finite.name);
    CHECK(verdict([](Body& b) {
              b.events = {event("door_open")};
              b.events[0].parameter = ParameterNumber{9};
          }) == why::unknown_parameter.name);
}

TEST_CASE("the decoder refuses what a dictionary of the same name does not know", "[schemas][codec]") {
    const auto bytes =
        codec::encode_body(body_with([](Body& b) { b.changes = {change(2, 1.0)}; }), mixed_dictionary());
    REQUIRE(bytes.has_value());

    Dictionary without = mixed_dictionary();
    without.parameters.erase(without.parameters.begin() + 1);
    CHECK(codec::decode_body(*bytes, without).error().code == why::unknown_parameter);

    Dictionary retyped = mixed_dictionary();
    retyped.parameters[1].type = ParameterType::text;
    CHECK(codec::decode_body(*bytes, retyped).error().code == why::wrong_type);

    Dictionary switched = mixed_dictionary();
    switched.parameters[1].type = ParameterType::boolean;
    CHECK(codec::decode_body(*bytes, switched).error().code == why::wrong_type);
}

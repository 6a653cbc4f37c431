// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <limits>

#include <catch2/catch.hpp>

#include "schemas/codec/body.h"
#include "schemas/codec/codes.h"
#include "test/unit/schemas/sample_bodies.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

bool same_bits(const Value& a, const Value& b) {
    const auto* x = std::get_if<double>(&a);
    const auto* y = std::get_if<double>(&b);
    if (x == nullptr || y == nullptr) return a == b;
    return std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

Body body_with(std::vector<Change> changes) {
    const Dictionary dictionary = mixed_dictionary();
    Body body;
    body.dictionary = dictionary.name;
    body.dictionary_version = dictionary.version;
    body.wall = WallTime{1'700'000'000'000'000};
    body.changes = std::move(changes);
    return body;
}

}  // namespace

TEST_CASE("a body comes back as it was said, over many random bodies", "[schemas][codec]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{20261120};
    for (int round = 0; round < 2000; ++round) {
        const Body body = random_body(random);
        const auto bytes = codec::encode_body(body, dictionary);
        REQUIRE(bytes.has_value());
        const auto back = codec::decode_body(*bytes, dictionary);
        REQUIRE(back.has_value());
        REQUIRE(*back == body);
        for (std::size_t i = 0; i < body.changes.size(); ++i) {
            REQUIRE(same_bits(back->changes[i].value, body.changes[i].value));
        }
    }
}

TEST_CASE("every double of a number parameter comes back bit for bit", "[schemas][codec]") {
    const Dictionary dictionary = mixed_dictionary();
    const WallTime at{1'700'000'000'000'000};
    const double tiny = std::numeric_limits<double>::denorm_min();
    const double largest = std::numeric_limits<double>::max();
    for (const double v : {0.0, -0.0, 0.1, 0.1 + 0.2, -1e-7, 1e300, tiny, -tiny, largest, -largest,
                           9007199254740993.0, 900719925.4740993, 1.0 / 3}) {
        for (const std::uint32_t parameter : {1u, 2u, 3u, 4u}) {
            const Body body = body_with({{ParameterNumber{parameter}, at, v}});
            const auto back = codec::decode_body(codec::encode_body(body, dictionary).value(), dictionary);
            REQUIRE(back.has_value());
            CHECK(same_bits(back->changes[0].value, Value{v}));
        }
    }
}

TEST_CASE("the dictionary a body was made with can be read before it is known", "[schemas][codec]") {
    const auto bytes = codec::encode_body(body_with({}), mixed_dictionary()).value();
    const auto name = codec::peek_dictionary(bytes);
    REQUIRE(name.has_value());
    CHECK(*name == codec::DictionaryName{"mixed", 3});

    Dictionary other = mixed_dictionary();
    other.version = 4;
    const auto refused = codec::decode_body(bytes, other);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == codec::codes::unknown_dictionary);
}

TEST_CASE("one decoder reads frame after frame into the same columns", "[schemas][codec]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{7};
    codec::BodyDecoder decoder;
    codec::DecodedColumns columns;
    for (int round = 0; round < 200; ++round) {
        const Body body = random_body(random);
        const auto bytes = codec::encode_body(body, dictionary).value();
        REQUIRE(decoder.open(bytes).has_value());
        REQUIRE(decoder.read(dictionary, columns).has_value());
        REQUIRE(columns.parameters.size() == body.changes.size());
        REQUIRE(columns.offsets_us.size() == body.changes.size());
        REQUIRE(columns.values.size() == body.changes.size());
        REQUIRE((columns.texts.empty() || columns.texts.size() == body.changes.size()));
        for (std::size_t i = 0; i < body.changes.size(); ++i) {
            const Change& change = body.changes[i];
            REQUIRE(columns.parameters[i] == static_cast<std::int32_t>(change.parameter.value()));
            REQUIRE(columns.base + Microseconds{columns.offsets_us[i]} == change.at);
            if (const auto* text = std::get_if<std::string>(&change.value)) {
                REQUIRE(columns.texts[i].data() != nullptr);
                REQUIRE(columns.texts[i] == *text);
            } else {
                REQUIRE(same_bits(columns.values[i], change.value));
                REQUIRE((columns.texts.empty() || columns.texts[i].data() == nullptr));
            }
        }
        REQUIRE(columns.confirmed.size() == body.confirmations.size());
        REQUIRE(columns.events == body.events);
    }
}

TEST_CASE("readings of one moment share one time, and a second's step costs a byte", "[schemas][codec]") {
    const Dictionary dictionary = mixed_dictionary();
    const WallTime at{1'700'000'000'000'000};
    std::vector<Change> at_once;
    std::vector<Change> each_second;
    for (int i = 0; i < 50; ++i) {
        at_once.push_back({ParameterNumber{1}, at, 1.5});
        each_second.push_back({ParameterNumber{1}, at + Microseconds{i * 1'000'000}, 1.5});
    }
    const auto small = codec::encode_body(body_with(at_once), dictionary).value().size();
    const auto larger = codec::encode_body(body_with(each_second), dictionary).value().size();
    CHECK(larger > small);
    CHECK(larger - small <= 50 + 4);
}

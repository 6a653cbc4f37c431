// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "schemas/codec/body.h"
#include "schemas/codec/checks.h"
#include "schemas/codec/codes.h"
#include "schemas/codec/envelope.h"
#include "schemas/codec/limits.h"
#include "schemas/codec/session.h"
#include "test/unit/schemas/sample_bodies.h"

using namespace watchglass;
using namespace watchglass::test;

namespace {

/// Flips, inserts, removes, repeats or cuts, up to eight times.
Bytes mutated(Bytes bytes, std::mt19937_64& random) {
    for (std::uint64_t n = 1 + random() % 8; n > 0; --n) {
        const std::size_t at = bytes.empty() ? 0 : random() % bytes.size();
        const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto any = static_cast<std::uint8_t>(random());
        switch (bytes.empty() ? 1 : random() % 6) {
            case 0: *where = any; break;
            case 1: bytes.insert(where, any); break;
            case 2: bytes.erase(where); break;
            case 3: bytes.resize(at); break;
            case 4: *where = static_cast<std::uint8_t>(*where ^ (1u << (random() % 8))); break;
            default: {
                const Bytes tail(where, bytes.end());
                bytes.insert(bytes.end(), tail.begin(), tail.end());
            }
        }
    }
    return bytes;
}

/// Whatever the bytes: a refusal with a code of ours, or a body that keeps every rule and can be said again.
void judge_body(const Bytes& bytes, const Dictionary& dictionary, int& accepted) {
    const auto body = codec::decode_body(bytes, dictionary);
    if (!body) {
        REQUIRE(body.error().code.name.starts_with("frame."));
        return;
    }
    ++accepted;
    REQUIRE(codec::check_body(dictionary, *body).has_value());
    const auto again = codec::encode_body(*body, dictionary);
    if (again) REQUIRE(codec::decode_body(*again, dictionary).value() == *body);
}

}  // namespace

TEST_CASE("mutated bodies are refused or make sense", "[schemas][codec][hostile]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{0xbad};
    int accepted = 0;
    for (int round = 0; round < 300; ++round) {
        const Bytes valid = codec::encode_body(random_body(random), dictionary).value();
        for (int k = 0; k < 40; ++k) judge_body(mutated(valid, random), dictionary, accepted);
    }
    CHECK(accepted > 0);  // some mutations only change a value: the decoder's far end was reached
}

TEST_CASE("noise is refused by every decoder", "[schemas][codec][hostile]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{0xfeed};
    for (int round = 0; round < 5000; ++round) {
        Bytes noise(random() % 200);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        (void)codec::decode_envelope(noise);
        (void)codec::decode_hello(noise);
        (void)codec::decode_stored(noise);
        (void)codec::decode_status(noise);
        CHECK_FALSE(codec::decode_body(noise, dictionary).has_value());  // noise names no dictionary
    }
}

TEST_CASE("a body cut anywhere is refused or whole", "[schemas][codec][hostile]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{5};
    const Bytes valid = codec::encode_body(random_body(random), dictionary).value();
    int accepted = 0;
    for (std::size_t length = 0; length < valid.size(); ++length) {
        judge_body(Bytes(valid.begin(), valid.begin() + static_cast<std::ptrdiff_t>(length)), dictionary,
                   accepted);
    }
    CHECK(accepted < static_cast<int>(valid.size()));
}

TEST_CASE("what is too large is refused before it is read", "[schemas][codec][hostile]") {
    const Dictionary dictionary = mixed_dictionary();
    CHECK(codec::decode_body(Bytes(codec::limits::body_bytes + 1), dictionary).error().code ==
          codec::codes::too_large);
    CHECK(codec::decode_envelope(Bytes(codec::limits::envelope_bytes + 1)).error().code ==
          codec::codes::too_large);
    CHECK(codec::decode_hello(Bytes(codec::limits::session_bytes + 1)).error().code ==
          codec::codes::too_large);
    CHECK(codec::decode_stored(Bytes(codec::limits::session_bytes + 1)).error().code ==
          codec::codes::too_large);
    CHECK(codec::decode_status(Bytes(codec::limits::session_bytes + 1)).error().code ==
          codec::codes::too_large);
}

TEST_CASE("deep nesting is refused, not followed", "[schemas][codec][hostile]") {
    const Bytes groups(codec::limits::body_bytes, 0x0b);  // field 1, start of a group, 65,536 deep
    CHECK(codec::decode_envelope(groups).error().code == codec::codes::malformed);
    CHECK(codec::decode_body(groups, mixed_dictionary()).error().code == codec::codes::malformed);
}

TEST_CASE("a decoder goes on after a bad frame", "[schemas][codec][hostile]") {
    const Dictionary dictionary = mixed_dictionary();
    std::mt19937_64 random{11};
    codec::BodyDecoder decoder;
    codec::DecodedColumns columns;
    for (int round = 0; round < 200; ++round) {
        const Body body = random_body(random);
        const Bytes valid = codec::encode_body(body, dictionary).value();
        const Bytes bad = mutated(valid, random);
        if (decoder.open(bad)) (void)decoder.read(dictionary, columns);
        REQUIRE(decoder.open(valid).has_value());
        REQUIRE(decoder.read(dictionary, columns).has_value());
        REQUIRE(columns.parameters.size() == body.changes.size());
    }
}

// SPDX-License-Identifier: Apache-2.0
#include "libs/security/digest.h"

#include <catch2/catch.hpp>

#include "libs/security/secret.h"

using namespace watchglass;
using namespace watchglass::security;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples", "[security][digest]") {
    CHECK(to_hex(sha256(as_bytes(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(to_hex(sha256(as_bytes("abc"))) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a digest over pieces is the digest of the whole, and the stream can be used again",
          "[security][digest]") {
    Sha256Stream stream;
    for (int round = 0; round < 2; ++round) {
        stream.update(as_bytes("a"));
        stream.update(as_bytes(""));
        stream.update(as_bytes("bc"));
        CHECK(stream.finish() == sha256(as_bytes("abc")));
    }
}

TEST_CASE("secrets are equal only when every byte and the length are", "[security][digest]") {
    CHECK(equal_in_constant_time(as_bytes("same"), as_bytes("same")));
    CHECK_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sane")));
    CHECK_FALSE(equal_in_constant_time(as_bytes("same"), as_bytes("sam")));
    CHECK(equal_in_constant_time({}, {}));
}

TEST_CASE("two secrets differ, and a UUID says its version and variant", "[security][secret]") {
    CHECK(generate_secret().value() != generate_secret().value());
    const auto urn = generate_uuid_urn().value();
    REQUIRE(urn.size() == 45);
    CHECK(urn.substr(0, 9) == "urn:uuid:");
    CHECK(urn[9 + 14] == '4');
    CHECK(std::string("89ab").find(urn[9 + 19]) != std::string::npos);
    CHECK(urn != generate_uuid_urn().value());
}

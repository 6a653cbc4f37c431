// SPDX-License-Identifier: Apache-2.0
#include "libs/security/keys.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "libs/foundation/file.h"
#include "libs/security/codes.h"
#include "test/support/temporary_directory.h"

using namespace watchglass;
using namespace watchglass::security;

TEST_CASE("a saved key is readable by its owner alone and loads as the same key", "[security][keys]") {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "key.pem";
    for (const KeyKind kind : {KeyKind::ec_p256, KeyKind::ec_p384, KeyKind::rsa_2048}) {
        const auto key = PrivateKey::generate(kind).value();
        REQUIRE(key.save(file));
        struct stat status {};
        REQUIRE(stat(file.c_str(), &status) == 0);
        CHECK((status.st_mode & 07777) == 0600);
        CHECK(PrivateKey::load(file).value().public_key_digest() == key.public_key_digest());
    }
}

TEST_CASE("two generated keys differ", "[security][keys]") {
    CHECK(PrivateKey::generate(KeyKind::ec_p256)->public_key_digest() !=
          PrivateKey::generate(KeyKind::ec_p256)->public_key_digest());
}

TEST_CASE("what is no key is refused with the library's reason for our log", "[security][keys]") {
    const auto refused =
        PrivateKey::from_pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == security::codes::key_malformed);
    CHECK_FALSE(refused.error().cause.empty());
    CHECK_FALSE(PrivateKey::from_pem(""));
    CHECK_FALSE(PrivateKey::load("/nonexistent/key.pem"));
}

TEST_CASE("an encrypted key is refused instead of asking somebody for its passphrase", "[security][keys]") {
    constexpr auto encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEQAAA\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n";
    CHECK_FALSE(PrivateKey::from_pem(encrypted));
}

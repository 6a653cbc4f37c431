// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "libs/foundation/version.h"
#include "storage/migrations/migrator.h"

using namespace watchglass::storage;

TEST_CASE("migrations are numbered upwards, each number once, each name beginning with its number") {
    int previous = 0;
    REQUIRE(!built_in_migrations().empty());
    for (const Migration& migration : built_in_migrations()) {
        INFO(migration.name);
        CHECK(migration.version > previous);
        CHECK(std::stoi(std::string(migration.name.substr(0, 4))) == migration.version);
        previous = migration.version;
    }
    CHECK(newest_migration() == previous);
}

TEST_CASE("every migration after the first makes its objects as the one owner") {
    for (const Migration& migration : built_in_migrations()) {
        INFO(migration.name);
        CHECK(migration.sql.find("SET LOCAL ROLE wg_owner;") != std::string_view::npos);
    }
}

TEST_CASE("a migration's digest changes with any of its bytes") {
    CHECK(digest_of({1, "a", "SELECT 1"}) != digest_of({1, "a", "SELECT 2"}));
    CHECK(digest_of({1, "a", ""}) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("--version tells the number of the newest migration") {
    CHECK(watchglass::database_version == newest_migration());
}

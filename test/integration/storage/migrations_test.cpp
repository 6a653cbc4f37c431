// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "storage/migrations/builtin_dictionaries.h"
#include "storage/migrations/migrator.h"
#include "storage/postgres/codes.h"
#include "test/support/postgres.h"

using namespace watchglass;
using namespace watchglass::storage;
using test::TestDatabase;
namespace is = watchglass::storage::codes;

TEST_CASE("applying migrations again does nothing, and services accept the database") {
    const TestDatabase database;
    auto connection = database.connect("wg_migrate");
    const auto applied = migrate(connection, built_in_migrations());
    REQUIRE(applied);
    CHECK(applied->empty());
    CHECK(applied_migrations(connection)->size() == built_in_migrations().size());

    for (const char* role : {"wg_ingest", "wg_provision", "wg_bridge", "wg_console"}) {
        INFO(role);
        auto service = database.connect(role);
        CHECK(require_database_version(service).has_value());
    }
}

TEST_CASE("a service refuses a database that lacks a migration, has a foreign one, or a changed one") {
    const TestDatabase database;
    auto service = database.connect("wg_ingest");
    const auto refused = [&](const Code& code) {
        const auto answer = require_database_version(service);
        REQUIRE(!answer);
        CHECK(answer.error().code.name == code.name);
        CHECK(!answer.error().code.next_step.empty());
        CHECK(answer.error().next == Next::tell_operator);
    };
    SECTION("lacking") {
        database.run("DELETE FROM watchglass.schema_migrations WHERE version = 5");
        refused(is::wrong_version);
    }
    SECTION("foreign") {
        database.run(
            "INSERT INTO watchglass.schema_migrations (version, name, digest) VALUES (9000, '9000_later', "
            "'')");
        refused(is::wrong_version);
    }
    SECTION("changed") {
        database.run("UPDATE watchglass.schema_migrations SET digest = 'x' WHERE version = 2");
        refused(is::changed_migration);
    }
    SECTION("fresh") {
        database.run("DROP SCHEMA watchglass CASCADE");
        refused(is::wrong_version);
    }
}

TEST_CASE("a migration that fails leaves nothing of itself and names itself") {
    const TestDatabase database;
    std::vector<Migration> known(built_in_migrations().begin(), built_in_migrations().end());
    known.push_back({9000, "9000_broken", "CREATE TABLE watchglass.half (a int); SELECT 1/0"});
    auto connection = database.connect();
    const auto applied = migrate(connection, known);
    REQUIRE(!applied);
    CHECK(applied.error().detail == "9000_broken");
    CHECK(database.value("SELECT to_regclass('watchglass.half')") == "NULL");
    CHECK(require_database_version(connection).has_value());
}

TEST_CASE("the built-in dictionaries are installed once, and their parameters are found by name in SQL") {
    const TestDatabase database;
    auto connection = database.connect("wg_migrate");
    const auto again = install_dictionaries(connection, built_in_dictionaries());
    REQUIRE(again);
    CHECK(again->empty());
    CHECK(database.number(
              "SELECT count(*) FROM watchglass.dictionaries WHERE name IN ('host', 'pump-test-bench')") == 2);
    CHECK(
        database.number("SELECT count(*) FROM watchglass.dictionary_parameters JOIN watchglass.dictionaries d"
                        " USING (dictionary) WHERE d.name = 'pump-test-bench'") == 8);
}

TEST_CASE("a published dictionary version never changes") {
    const TestDatabase database;
    auto connection = database.connect("wg_migrate");
    auto sources = built_in_dictionaries();
    for (auto& source : sources)
        if (const auto at = source.text.find("description: \""); at != std::string::npos)
            source.text.insert(at + 14, "Other ");
    const auto refused = install_dictionaries(connection, sources);
    REQUIRE(!refused);
    CHECK(refused.error().code.name == is::already_exists.name);
}

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// One step of the database, from storage/migrations/NNNN_name.sql. Never edited once released.
struct Migration {
    int version = 0;
    std::string_view name;
    std::string_view sql;
};

/// Those compiled into this program, ascending.
std::span<const Migration> built_in_migrations();

/// The number of the newest one: the version that the services of this release need.
int newest_migration();

/// SHA-256 of the text, lower-case hexadecimal.
std::string digest_of(const Migration& migration);

struct AppliedMigration {
    int version = 0;
    std::string name;
    std::string digest;
    WallTime applied_at;
};

/// What the database says it has; empty for a fresh one.
Result<std::vector<AppliedMigration>> applied_migrations(Connection& connection);

/// Those of `known` that the database lacks. storage.changed_migration when one that it has differs from ours,
/// storage.wrong_version when it has one that we do not know.
Result<std::vector<Migration>> pending_migrations(Connection& connection, std::span<const Migration> known);

/// Applies what is pending, each in its own transaction, under an advisory lock that lets one migrator work at a
/// time. Applying again does nothing. Answers what it applied. The first needs a superuser (it makes roles), later
/// ones the role wg_migrate.
Result<std::vector<Migration>> migrate(Connection& connection, std::span<const Migration> known);

/// What every service asks before it serves: storage.wrong_version unless the database has exactly the migrations of
/// this program, storage.changed_migration when one differs.
Result<void> require_database_version(Connection& connection);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/migrations/migrator.h"

#include <algorithm>
#include <charconv>

#include "libs/security/digest.h"
#include "storage/migrations/embedded.h"
#include "storage/postgres/codes.h"
#include "storage/postgres/unit_of_work.h"

namespace watchglass::storage {
namespace {

/// "0004_telemetry.sql" -> {4, "0004_telemetry", text}
Migration from_file(const migrations::EmbeddedFile& file) {
    Migration migration;
    std::from_chars(file.name.data(), file.name.data() + 4, migration.version);
    migration.name = file.name.substr(0, file.name.rfind('.'));
    migration.sql = file.text;
    return migration;
}

Result<bool> has_history(Connection& connection) {
    auto found = connection.run("SELECT to_regclass('watchglass.schema_migrations') IS NOT NULL");
    if (!found) return failed(found);
    return (*found)[0].boolean(0);
}

Result<void> make_history(Connection& connection) {
    return connection.run_script(
        "BEGIN;"
        "CREATE SCHEMA watchglass;"
        "CREATE TABLE watchglass.schema_migrations ("
        " version int PRIMARY KEY, name text NOT NULL, digest text NOT NULL,"
        " applied_at timestamptz NOT NULL DEFAULT now());"
        "COMMIT");
}

Result<void> apply(Connection& connection, const Migration& migration) {
    auto unit = UnitOfWork::begin(connection);
    if (!unit) return failed(unit);
    const auto named = [&](Failure failure) {
        failure.detail = std::string(migration.name);
        return failed(std::move(failure));
    };
    if (auto done = connection.run_script(std::string(migration.sql)); !done) return named(done.error());
    auto noted =
        unit->run("INSERT INTO watchglass.schema_migrations (version, name, digest) VALUES ($1, $2, $3)",
                  {migration.version, migration.name, digest_of(migration)});
    if (!noted) return named(noted.error());
    if (auto outcome = unit->commit(); outcome.committed != Committed::yes) return named(*outcome.failure);
    return {};
}

/// Held by one migrator at a time, given up with the session at the latest.
constexpr const char* lock_sql = "SELECT pg_advisory_lock(7306086, 0)::text";
constexpr const char* unlock_sql = "SELECT pg_advisory_unlock(7306086, 0)";

Result<std::vector<Migration>> migrate_locked(Connection& connection, std::span<const Migration> known) {
    auto begun = has_history(connection);
    if (!begun) return failed(begun);
    if (!*begun)
        if (auto made = make_history(connection); !made) return failed(made);

    auto pending = pending_migrations(connection, known);
    if (!pending) return pending;
    for (const Migration& migration : *pending)
        if (auto done = apply(connection, migration); !done) return failed(done);
    return pending;
}

}  // namespace

std::span<const Migration> built_in_migrations() {
    static const std::vector<Migration> all = [] {
        std::vector<Migration> found;
        for (const auto& file : migrations::files) found.push_back(from_file(file));
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.version < b.version; });
        return found;
    }();
    return all;
}

int newest_migration() { return built_in_migrations().empty() ? 0 : built_in_migrations().back().version; }

std::string digest_of(const Migration& migration) {
    return to_hex(security::sha256(as_bytes(migration.sql)));
}

Result<std::vector<AppliedMigration>> applied_migrations(Connection& connection) {
    auto begun = has_history(connection);
    if (!begun) return failed(begun);
    std::vector<AppliedMigration> applied;
    if (!*begun) return applied;
    auto rows = connection.run(
        "SELECT version, name, digest, applied_at FROM watchglass.schema_migrations ORDER BY version");
    if (!rows) return failed(rows);
    for (const Row row : *rows) applied.push_back({row.int32(0), row.text(1), row.text(2), row.time(3)});
    return applied;
}

Result<std::vector<Migration>> pending_migrations(Connection& connection, std::span<const Migration> known) {
    auto applied = applied_migrations(connection);
    if (!applied) return failed(applied);
    for (const AppliedMigration& there : *applied) {
        const auto ours = std::find_if(known.begin(), known.end(),
                                       [&](const Migration& m) { return m.version == there.version; });
        if (ours == known.end())
            return failed(Failure{codes::wrong_version,
                                  Next::tell_operator,
                                  "The database has " + there.name + ", which this release does not know.",
                                  {}});
        if (digest_of(*ours) != there.digest)
            return failed(
                Failure{codes::changed_migration, Next::tell_operator, "It is " + there.name + ".", {}});
    }
    std::vector<Migration> pending;
    for (const Migration& migration : known) {
        const bool there = std::any_of(applied->begin(), applied->end(),
                                       [&](const auto& a) { return a.version == migration.version; });
        if (!there) pending.push_back(migration);
    }
    return pending;
}

Result<std::vector<Migration>> migrate(Connection& connection, std::span<const Migration> known) {
    if (auto locked = connection.run(lock_sql); !locked) return failed(locked);
    auto applied = migrate_locked(connection, known);
    if (!connection.broken()) (void)connection.run(unlock_sql);
    return applied;
}

Result<void> require_database_version(Connection& connection) {
    auto pending = pending_migrations(connection, built_in_migrations());
    if (!pending) return failed(pending);
    if (!pending->empty())
        return failed(Failure{codes::wrong_version,
                              Next::tell_operator,
                              "It lacks " + std::string(pending->front().name) + ".",
                              {}});
    return {};
}

}  // namespace watchglass::storage

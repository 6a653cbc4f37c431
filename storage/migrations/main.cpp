// SPDX-License-Identifier: Apache-2.0
// watchglass-migrate: brings a database to the version of this release, and installs the built-in dictionaries.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/clock.h"
#include "libs/foundation/exit_code.h"
#include "libs/foundation/version.h"
#include "storage/migrations/builtin_dictionaries.h"
#include "storage/migrations/migrator.h"
#include "storage/postgres/codes.h"
#include "storage/telemetry/platform_history.h"

namespace watchglass::storage {
namespace {

constexpr const char* program = "watchglass-migrate";

constexpr const char* usage =
    "usage: watchglass-migrate COMMAND [--dsn DSN] [--dictionaries DIR]\n"
    "\n"
    "  apply        bring the database to the version of this release and install the built-in "
    "dictionaries;\n"
    "               the first time as a superuser (it makes roles), later as wg_migrate. Doing it again is "
    "harmless.\n"
    "  status       show what is applied and what is pending\n"
    "  dry-run      show the SQL that apply would run, and run nothing\n"
    "  new-history  after a restore from backup: tell devices that the platform may know less than before\n"
    "\n"
    "  --dsn DSN           how to reach the database, as libpq writes it (default: $WATCHGLASS_POSTGRES_DSN, "
    "else the\n"
    "                      default of postgres.dsn)\n"
    "  --dictionaries DIR  install the *.textproto files of DIR instead of the built-in ones\n"
    "  --version, --help\n";

struct Options {
    std::string command;
    std::string dsn;
    std::optional<std::string> dictionaries;
};

int print_failure(const Failure& failure) {
    std::fprintf(stderr, "%s: %s [%s]\n", program, failure.message().c_str(),
                 std::string(failure.code.name).c_str());
    if (!failure.cause.empty()) std::fprintf(stderr, "%s: cause: %s\n", program, failure.cause.c_str());
    if (failure.code == codes::unreachable) return static_cast<int>(ExitCode::not_reachable);
    if (failure.code == codes::not_permitted) return static_cast<int>(ExitCode::refused);
    return static_cast<int>(ExitCode::failed);
}

int apply(Connection& connection, const Options& options) {
    const auto applied = migrate(connection, built_in_migrations());
    if (!applied) return print_failure(applied.error());
    for (const Migration& migration : *applied)
        std::printf("applied %s\n", std::string(migration.name).c_str());

    auto sources = options.dictionaries ? dictionaries_in(*options.dictionaries)
                                        : Result<std::vector<DictionarySource>>(built_in_dictionaries());
    if (!sources) return print_failure(sources.error());
    const auto installed = install_dictionaries(connection, *sources);
    if (!installed) return print_failure(installed.error());
    for (const std::string& name : *installed) std::printf("installed dictionary %s\n", name.c_str());
    std::printf("database is at version %d\n", newest_migration());
    return static_cast<int>(ExitCode::done);
}

int status(Connection& connection) {
    const auto applied = applied_migrations(connection);
    if (!applied) return print_failure(applied.error());
    for (const AppliedMigration& migration : *applied)
        std::printf("applied  %s  %s\n", migration.name.c_str(), to_rfc3339(migration.applied_at).c_str());
    const auto pending = pending_migrations(connection, built_in_migrations());
    if (!pending) return print_failure(pending.error());
    for (const Migration& migration : *pending)
        std::printf("pending  %s\n", std::string(migration.name).c_str());
    return static_cast<int>(ExitCode::done);
}

int dry_run(Connection& connection) {
    const auto pending = pending_migrations(connection, built_in_migrations());
    if (!pending) return print_failure(pending.error());
    for (const Migration& migration : *pending)
        std::printf("-- %s\n%s\n", std::string(migration.name).c_str(), std::string(migration.sql).c_str());
    if (pending->empty()) std::printf("-- nothing to do\n");
    return static_cast<int>(ExitCode::done);
}

int new_history(Connection& connection) {
    const auto before = platform_history(connection);
    if (!before) return print_failure(before.error());
    const auto history = begin_new_history(connection, *before, "");
    if (!history) return print_failure(history.error());
    std::printf("history is now %016llx\n", static_cast<unsigned long long>(*history));
    return static_cast<int>(ExitCode::done);
}

int run(const Options& options) {
    auto connection = Connection::open(options.dsn, program);
    if (!connection) return print_failure(connection.error());
    if (options.command == "apply") return apply(*connection, options);
    if (options.command == "status") return status(*connection);
    if (options.command == "dry-run") return dry_run(*connection);
    return new_history(*connection);
}

int usage_mistake(const std::string& what) {
    std::fprintf(stderr, "%s: %s\n%s", program, what.c_str(), usage);
    return static_cast<int>(ExitCode::usage);
}

}  // namespace
}  // namespace watchglass::storage

int main(int argc, char** argv) {
    using namespace watchglass::storage;
    Options options;
    const char* from_environment = std::getenv("WATCHGLASS_POSTGRES_DSN");
    options.dsn = from_environment ? from_environment : std::string(postgres_dsn.fallback);

    const std::vector<std::string> words(argv + 1, argv + argc);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (word == "--help") return std::fputs(usage, stdout) < 0 ? 1 : 0;
        if (word == "--version") return std::puts(watchglass::version_line(program).c_str()) < 0 ? 1 : 0;
        if (word == "--dsn" || word == "--dictionaries") {
            if (i + 1 == words.size()) return usage_mistake(word + " needs a value");
            (word == "--dsn" ? options.dsn : options.dictionaries.emplace()) = words[++i];
        } else if (options.command.empty() && !word.starts_with('-')) {
            options.command = word;
        } else {
            return usage_mistake("unexpected " + word);
        }
    }
    const bool known = options.command == "apply" || options.command == "status" ||
                       options.command == "dry-run" || options.command == "new-history";
    if (!known) return usage_mistake(options.command.empty() ? "a command is missing" : "no such command");
    return run(options);
}

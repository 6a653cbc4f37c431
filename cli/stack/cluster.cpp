// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/cluster.h"

#include <fmt/format.h>

#include "cli/stack/codes.h"
#include "libs/foundation/file.h"
#include "libs/foundation/process.h"

namespace watchglass::cli {

using namespace std::chrono_literals;

namespace {

constexpr const char* superuser = "watchglass";
constexpr const char* roles[] = {"wg_migrate", "wg_ingest", "wg_provision", "wg_bridge", "wg_console"};

Result<std::string> run_as(const Account& account, std::vector<std::string> command) {
    SpawnOptions options;
    options.argv = std::move(command);
    options.directory = "/";
    if (account.must_drop) {
        options.uid = account.uid;
        options.gid = account.gid;
    }
    const auto program = options.argv.front();
    const auto finished = run_program(std::move(options), 120s);
    if (!finished) return failed(finished);
    if (!finished->status.success()) {
        return failed(Failure{codes::program_failed, Next::tell_operator,
                              fmt::format("{} ended with {}: {}{}", program, finished->status.text(),
                                          finished->out, finished->err),
                              ""});
    }
    return finished->out;
}

/// Only the stack's account reaches the socket, and it may be each of the roles.
std::string ident_map(const Account& account) {
    std::string text = fmt::format("stack {} {}\n", account.name, superuser);
    for (const auto* role : roles) text += fmt::format("stack {} {}\n", account.name, role);
    return text;
}

std::string server_settings(const StackLayout& layout) {
    return fmt::format(
        "listen_addresses = ''\n"
        "unix_socket_directories = '{}'\n"
        "unix_socket_permissions = 0770\n"
        "port = 5432\n"
        "max_connections = 100\n"
        "shared_buffers = 256MB\n"
        "max_wal_size = 4GB\n"
        "timezone = 'UTC'\n"
        "log_timezone = 'UTC'\n"
        "log_min_duration_statement = 2000\n"
        "wal_compression = lz4\n",
        layout.run().string());
}

}  // namespace

Result<void> prepare_cluster(const StackLayout& layout, const Programs& programs, const Account& account) {
    if (!std::filesystem::exists(layout.cluster() / "PG_VERSION")) {
        if (auto made = make_directory_for(account, layout.cluster(), 0700); !made) return made;
        const auto made =
            run_as(account, {programs.path("initdb").string(), "--pgdata", layout.cluster().string(),
                             "--username", superuser, "--auth", "peer", "--encoding", "UTF8", "--locale",
                             "C.UTF-8", "--data-checksums"});
        if (!made) return failed(made);
    }
    const std::pair<const char*, std::string> files[] = {
        {"pg_hba.conf", "local all all peer map=stack\n"},
        {"pg_ident.conf", ident_map(account)},
        {"postgresql.auto.conf", server_settings(layout)},
    };
    for (const auto& [name, text] : files) {
        const auto path = layout.cluster() / name;
        if (auto written = write_file_atomically(path, text, 0600); !written) return written;
        if (auto given = hand_over(account, path); !given) return given;
    }
    return {};
}

ProgramSpec cluster_program(const StackLayout& layout, const Programs& programs, const Account& account) {
    ProgramSpec spec;
    spec.name = "postgres";
    spec.command = {programs.path("postgres").string(), "-D", layout.cluster().string()};
    spec.stop_signal = SIGINT;  // "fast": does not wait for clients
    // A backend gives megabytes back to the kernel after each batch and takes them again for the next, page by page: up
    // to a fifth of its time. So it keeps them. (Debian: /etc/postgresql/15/main/environment.)
    spec.environment = {{"MALLOC_TOP_PAD_", "33554432"},
                        {"MALLOC_TRIM_THRESHOLD_", "268435456"},
                        {"MALLOC_MMAP_THRESHOLD_", "268435456"}};
    // As a user that the cluster lets in: refusals would fill its log.
    spec.probe = [account, command = std::vector<std::string>{
                               programs.path("pg_isready").string(), "-q", "-h", layout.run().string(), "-U",
                               superuser, "-d", "postgres"}] { return run_as(account, command).has_value(); };
    return spec;
}

Result<void> prepare_database(const StackLayout& layout, const Programs& programs, const Account& account) {
    const auto psql = [&](const std::string& sql) {
        return run_as(account,
                      {programs.path("psql").string(), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h",
                       layout.run().string(), "-U", superuser, "-d", "postgres", "-c", sql});
    };
    const auto exists = psql("SELECT 1 FROM pg_database WHERE datname = 'watchglass'");
    if (!exists) return failed(exists);
    if (exists->find('1') == std::string::npos) {
        if (const auto created = psql("CREATE DATABASE watchglass"); !created) return failed(created);
    }
    const auto migrated = run_as(account, {programs.path("watchglass-migrate").string(), "apply", "--dsn",
                                           database_dsn(layout, superuser)});
    if (!migrated) return failed(migrated);
    return {};
}

std::string database_dsn(const StackLayout& layout, const std::string& role) {
    return fmt::format("host={} dbname=watchglass user={}", layout.run().string(), role);
}

}  // namespace watchglass::cli

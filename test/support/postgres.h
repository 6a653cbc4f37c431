// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "libs/foundation/process.h"
#include "storage/postgres/connection.h"
#include "storage/telemetry/rows.h"
#include "test/support/temporary_directory.h"

namespace watchglass::test {

/// A private PostgreSQL cluster in a temporary directory, on a Unix socket alone: any local role may log in as any
/// role of it. Runs as user `postgres` when we are root, else as ourselves. Without fsync: it survives its own death,
/// not a power cut. Holds a database `template_wg` with all migrations and the built-in dictionaries.
///
/// Construct it on the main thread: the server ends with the thread that started it.
class PostgresCluster {
public:
    PostgresCluster();
    ~PostgresCluster();

    /// One for the whole test program, made when first asked for.
    static PostgresCluster& shared();

    [[nodiscard]] std::string dsn(const std::string& database, const std::string& role = "postgres") const;
    [[nodiscard]] const std::filesystem::path& socket_directory() const { return directory_.path(); }

    /// SIGKILL to the server and all its processes, as a crash would; start() recovers.
    void kill();
    void start();
    [[nodiscard]] int pid() const { return server_ ? static_cast<int>(server_->pid()) : 0; }

private:
    [[nodiscard]] std::filesystem::path data() const { return directory_.path() / "data"; }
    TemporaryDirectory directory_;
    std::optional<uid_t> uid_;
    std::optional<gid_t> gid_;
    std::optional<ChildProcess> server_;
};

/// A database of the test's own, copied from the template, dropped at the end. Starts with tenant 1, `default`.
class TestDatabase {
public:
    explicit TestDatabase(PostgresCluster& cluster = PostgresCluster::shared());
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    [[nodiscard]] std::string dsn(const std::string& role = "postgres") const {
        return cluster_.dsn(name_, role);
    }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] storage::Connection connect(const std::string& role = "postgres") const;

    /// Runs statements as the superuser; fails the test with PostgreSQL's words when one fails.
    void run(const std::string& sql) const;
    /// What one expression or scalar query is, as text; "NULL" for NULL: value("SELECT count(*) FROM ...").
    [[nodiscard]] std::string value(const std::string& sql) const;
    [[nodiscard]] std::int64_t number(const std::string& sql) const { return std::stoll(value(sql)); }

    void add_tenant(int tenant, const std::string& name) const;
    /// Registers an instrument (state enrolled).
    storage::DeviceKey add_device(const DeviceId& device, int tenant = 1) const;
    /// The number of an installed dictionary that is for everyone.
    [[nodiscard]] storage::DictionaryNumber dictionary(const std::string& name, int version = 1) const;

private:
    PostgresCluster& cluster_;
    std::string name_;
};

}  // namespace watchglass::test

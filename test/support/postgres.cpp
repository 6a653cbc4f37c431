// SPDX-License-Identifier: Apache-2.0
#include "test/support/postgres.h"

#include <atomic>
#include <fstream>
#include <stdexcept>

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include "libs/foundation/log.h"
#include "storage/migrations/builtin_dictionaries.h"
#include "storage/migrations/migrator.h"
#include "test/support/wait.h"

namespace watchglass::test {
namespace {

constexpr const char* template_name = "template_wg";

/// Support code has nobody to hand a Failure to: the test ends with its words.
[[noreturn]] void give_up(const std::string& what, const Failure& failure) {
    throw std::runtime_error(what + ": " + failure.message() + " (" + failure.cause + ")");
}
template <class T>
T or_give_up(Result<T> result, const std::string& what) {
    if (!result) give_up(what, result.error());
    return std::move(*result);
}

std::string postgres_program(const std::string& name) {
    std::string newest;
    std::error_code ignored;
    for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
        const auto path = version.path() / "bin" / name;
        if (std::filesystem::exists(path) && path.string() > newest) newest = path.string();
    }
    return newest.empty() ? name : newest;
}

void drop_rights(SpawnOptions& options, std::optional<uid_t> uid, std::optional<gid_t> gid) {
    options.uid = uid;
    options.gid = gid;
    options.directory = "/";
}

}  // namespace

PostgresCluster::PostgresCluster() {
    if (::geteuid() == 0) {
        const passwd* user = ::getpwnam("postgres");
        if (!user)
            throw std::runtime_error("root needs a user `postgres`: PostgreSQL refuses to run as root");
        uid_ = user->pw_uid;
        gid_ = user->pw_gid;
        if (::chown(directory_.path().c_str(), *uid_, *gid_) != 0) throw std::runtime_error("chown failed");
    }
    SpawnOptions init;
    init.argv = {postgres_program("initdb"),
                 "--pgdata",
                 data().string(),
                 "--username",
                 "postgres",
                 "--auth",
                 "trust",
                 "--encoding",
                 "UTF8",
                 "--locale",
                 "C.UTF-8",
                 "--no-sync",
                 "--no-instructions"};
    drop_rights(init, uid_, gid_);
    const auto made = or_give_up(run_program(std::move(init), std::chrono::minutes{2}), "initdb");
    if (!made.status.success()) throw std::runtime_error("initdb: " + made.err);
    start();

    auto maintenance = or_give_up(storage::Connection::open(dsn("postgres"), "test"), "connect");
    or_give_up(maintenance.run(std::string("CREATE DATABASE ") + template_name), "template");
    auto connection = or_give_up(storage::Connection::open(dsn(template_name), "test"), "connect");
    or_give_up(storage::migrate(connection, storage::built_in_migrations()), "migrate");
    or_give_up(storage::install_dictionaries(connection, storage::built_in_dictionaries()), "dictionaries");
}

PostgresCluster::~PostgresCluster() {
    if (!server_) return;
    server_->signal(SIGINT);  // "fast": ends sessions, then shuts down
    if (!server_->wait(patience)) server_->terminate(std::chrono::seconds{1});
}

PostgresCluster& PostgresCluster::shared() {
    static PostgresCluster cluster;
    return cluster;
}

void PostgresCluster::start() {
    SpawnOptions options;
    options.argv = {postgres_program("postgres"), "-D", data().string(), "-k", directory_.path().string()};
    for (const char* setting : {"listen_addresses=", "fsync=off", "full_page_writes=off",
                                "shared_buffers=32MB", "max_connections=60", "timezone=UTC",
                                "log_timezone=UTC", "log_min_messages=warning", "autovacuum_naptime=10s"})
        options.argv.insert(options.argv.end(), {"-c", setting});
    drop_rights(options, uid_, gid_);
    options.out = NullStream{};
    options.err = FileStream{directory_.path() / "log"};
    server_ = or_give_up(ChildProcess::spawn(options), "start PostgreSQL");
    const bool up = eventually([&] {
        if (!server_->running()) return true;
        return storage::Connection::open(dsn("postgres"), "test").has_value();
    });
    if (up && server_->running()) return;
    std::ifstream log(directory_.path() / "log");
    throw std::runtime_error("PostgreSQL did not start: " + std::string(std::istreambuf_iterator<char>(log),
                                                                        std::istreambuf_iterator<char>()));
}

void PostgresCluster::kill() {
    server_->signal(SIGKILL);
    server_->wait(patience);
    // Its children notice and leave; until then they hold the shared memory that a new server needs.
    server_.reset();
}

std::string PostgresCluster::dsn(const std::string& database, const std::string& role) const {
    return "host=" + directory_.path().string() + " dbname=" + database + " user=" + role;
}

TestDatabase::TestDatabase(PostgresCluster& cluster) : cluster_(cluster) {
    static std::atomic<int> count{0};
    name_ = "wg_test_" + std::to_string(++count);
    auto maintenance = or_give_up(storage::Connection::open(cluster_.dsn("postgres"), "test"), "connect");
    or_give_up(maintenance.run("CREATE DATABASE " + name_ + " TEMPLATE " + template_name),
               "copy the template");
}

TestDatabase::~TestDatabase() {
    auto maintenance = storage::Connection::open(cluster_.dsn("postgres"), "test");
    if (maintenance) (void)maintenance->run("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
}

storage::Connection TestDatabase::connect(const std::string& role) const {
    return or_give_up(storage::Connection::open(dsn(role), "test"), "connect as " + role);
}

void TestDatabase::run(const std::string& sql) const {
    auto connection = connect();
    if (auto done = connection.run_script(sql); !done) give_up(sql, done.error());
}

std::string TestDatabase::value(const std::string& sql) const {
    auto connection = connect();
    const auto rows = or_give_up(connection.run("SELECT (" + sql + ")::text"), sql);
    return rows[0].optional_text(0).value_or("NULL");
}

void TestDatabase::add_tenant(int tenant, const std::string& name) const {
    auto connection = connect();
    or_give_up(
        connection.run("INSERT INTO watchglass.tenants (tenant, name) VALUES ($1, $2)", {tenant, name}),
        "tenant");
}

storage::DeviceKey TestDatabase::add_device(const DeviceId& device, int tenant) const {
    auto connection = connect();
    const auto rows = or_give_up(
        connection.run("INSERT INTO watchglass.devices (tenant, device_id, site, model, serial, state) "
                       "VALUES ($1, $2, 'site', 'model', 'serial ' || $2, 'enrolled') RETURNING device",
                       {tenant, device}),
        "device");
    return {TenantNumber{tenant}, DeviceNumber{rows[0].int32(0)}};
}

storage::DictionaryNumber TestDatabase::dictionary(const std::string& name, int version) const {
    return storage::DictionaryNumber{static_cast<std::int32_t>(
        number("SELECT dictionary FROM watchglass.dictionaries WHERE name = '" + name +
               "' AND tenant IS NULL AND version = " + std::to_string(version)))};
}

}  // namespace watchglass::test

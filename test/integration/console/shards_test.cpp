// SPDX-License-Identifier: Apache-2.0
#include "test/integration/console/running_console.h"

using namespace watchglass;
using namespace watchglass::console::story;

namespace {

/// A session that holds locks as an ingest process does.
storage::Connection ingest_session(const test::TestDatabase& database, const std::string& shards) {
    auto session = database.connect("wg_ingest");
    REQUIRE(session.run("SELECT pg_advisory_lock_shared(x'77676772'::int, 0)"));
    REQUIRE(session.run(
        "SELECT pg_advisory_lock(x'77677368'::int, ascii(s)) FROM unnest(string_to_array($1, NULL)) AS s",
        {shards}));
    REQUIRE(session.run(
        "INSERT INTO watchglass.ingest_processes (session, name, host, pid, waiting, lag_seconds) "
        "VALUES (pg_backend_pid(), 'service-ingest-7', 'rack-3', 4711, 12, 0.25)"));
    REQUIRE(
        session.run("INSERT INTO watchglass.shard_owners (shard, session) SELECT s, pg_backend_pid() "
                    "FROM unnest(string_to_array($1, NULL)) AS s",
                    {shards}));
    return session;
}

json::Value shard(RunningConsole& console, const std::string& letter) {
    const auto all = console.get_json("/api/v1/shards");
    for (const auto& item : all.find("items")->items()) {
        if (item.text_or("shard", "") == letter) return item;
    }
    return {};
}

}  // namespace

TEST_CASE("a shard's owner is shown as long as its session holds the lock, whatever the tables say",
          "[integration][console]") {
    RunningConsole console;
    const auto key = console.database.add_device(device("pump"));
    StoredReadings{console.database}.temperature(key, 20.5, SystemClock{}.wall());
    const auto all = console.get_json("/api/v1/shards");
    CHECK(all.find("items")->items().size() == 32);
    CHECK(shard(console, "p").find("owner")->is_null());

    std::optional<storage::Connection> ingest = ingest_session(console.database, "pq");
    const auto served = shard(console, "p");
    INFO(served.dump());
    const auto* owner = served.find("owner");
    CHECK(owner->text_or("name", "") == "service-ingest-7");
    CHECK(owner->text_or("host", "") == "rack-3");
    CHECK(owner->integer("pid") == 4711);
    CHECK(owner->integer("waiting") == 12);
    CHECK(owner->number("lag_seconds") == 0.25);
    CHECK(owner->number("since_age_s"));
    CHECK(served.integer("devices") == 1);
    CHECK(served.number("heard_age_s"));
    const auto other = shard(console, "q");
    CHECK(other.integer("devices") == 0);
    CHECK(other.find("heard")->is_null());
    CHECK(shard(console, "r").find("owner")->is_null());

    // Silent for longer than it should be: what it stores now has waited at least since then.
    console.database.run("UPDATE watchglass.ingest_processes SET told = now() - interval '20 seconds'");
    CHECK(shard(console, "p").find("owner")->number("lag_seconds").value_or(0) >= 18);

    ingest.reset();
    CHECK(test::eventually([&] { return shard(console, "p").find("owner")->is_null(); }));
    CHECK(console.database.number("SELECT count(*) FROM watchglass.ingest_processes") == 1);
}

TEST_CASE("an operator of one tenant is not told of shards", "[integration][console]") {
    RunningConsole console;
    console.database.add_tenant(2, "another");
    console.add_operator("one tenant's", TenantNumber{2});
    const auto refused = console.get("/api/v1/shards", "one tenant's");
    CHECK(refused.status == 403);
    CHECK(refused.body.find("console.platform_only") != std::string::npos);
}

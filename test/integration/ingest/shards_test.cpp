// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include "test/integration/ingest/service_story.h"
#include "test/support/captured_log.h"

using namespace watchglass;
using namespace watchglass::ingest;
using namespace watchglass::ingest::story;
using test::eventually;

namespace {

WallTime at_second(int second) { return WallTime{(1'600'000'000LL + second) * 1'000'000}; }

/// Another ingestd of the same platform with a broker's side of its own.
struct Beside {
    PlayedBroker broker;
    RunningIngest ingest;
    explicit Beside(const Platform& platform) : ingest(platform.dsn(), broker) {}
    bool serves(std::size_t shards) {
        return eventually([&] { return broker.shards_served() == shards; });
    }
};

std::int64_t owned(const Platform& platform) {
    return platform.database.number("SELECT count(session) FROM watchglass.shards");
}

}  // namespace

TEST_CASE("a shard goes to a newcomer and comes back, and its instruments go on where they stood",
          "[integration][ingest]") {
    Platform platform;
    Beside first{platform};
    first.broker.deliver(platform.bench.temperature(20, at_second(0)));
    REQUIRE(
        eventually([&] { return first.broker.said(platform.bench.id()).stored_through == StreamSeq{1}; }));
    REQUIRE(first.serves(32));
    const auto resyncs = first.broker.resyncs();

    auto second = std::make_unique<Beside>(platform);
    CHECK(second->serves(16));
    CHECK(first.serves(16));
    // The pump's shard is one of those that moved: the larger letters go first.
    second->broker.deliver(platform.bench.temperature(21, at_second(1)));
    CHECK(
        eventually([&] { return second->broker.said(platform.bench.id()).stored_through == StreamSeq{2}; }));
    CHECK(first.broker.resyncs() == resyncs);  // whose shard stays is not asked anything

    second.reset();
    first.broker.deliver(platform.bench.temperature(22, at_second(2)));
    CHECK(eventually([&] { return first.broker.said(platform.bench.id()).stored_through == StreamSeq{3}; }));
    CHECK(first.broker.resyncs() == resyncs + 16);
    CHECK(platform.samples() == 3);
}

TEST_CASE("one, two, four and three processes come to fair shares, and then nothing moves",
          "[integration][ingest]") {
    Platform platform;
    std::vector<std::unique_ptr<Beside>> processes;
    const auto shares_are = [&](std::vector<std::size_t> shares) {
        return eventually([&] {
            std::vector<std::size_t> now;
            for (const auto& process : processes) now.push_back(process->broker.shards_served());
            std::sort(now.rbegin(), now.rend());
            return now == shares && owned(platform) == 32;
        });
    };
    const auto join = [&] { processes.push_back(std::make_unique<Beside>(platform)); };
    join();
    CHECK(shares_are({32}));
    join();
    CHECK(shares_are({16, 16}));
    join();
    join();
    CHECK(shares_are({8, 8, 8, 8}));
    processes.erase(processes.begin());
    CHECK(shares_are({11, 11, 10}));

    // Each has looked twice again, and told its figures.
    const std::string since = platform.database.value("SELECT max(since) FROM watchglass.shard_owners");
    const std::string now = platform.database.value("SELECT now()");
    CHECK(eventually([&] {
        return platform.database.number("SELECT count(*) FROM watchglass.ingest_processes WHERE told > '" +
                                        now + "'::timestamptz + interval '1 second'") == 3;
    }));
    CHECK(platform.database.value("SELECT max(since) FROM watchglass.shard_owners") == since);
}

TEST_CASE("a process whose session is ended by force serves again, and the group is whole",
          "[integration][ingest]") {
    Platform platform;
    Beside first{platform};
    Beside second{platform};
    REQUIRE(first.serves(16));
    REQUIRE(second.serves(16));
    platform.database.run(
        "SELECT pg_terminate_backend(session) FROM watchglass.ingest_locks ORDER BY session LIMIT 1");
    CHECK(eventually([&] {
        return owned(platform) == 32 && first.broker.shards_served() == 16 &&
               second.broker.shards_served() == 16;
    }));
    CHECK(platform.database.number("SELECT count(*) FROM watchglass.ingest_processes") == 2);
}

TEST_CASE("more processes than there are shards wait, and are ready", "[integration][ingest]") {
    Platform platform;
    // Somebody else's session that belongs to the group and holds all.
    auto holder = platform.database.connect("wg_ingest");
    REQUIRE(holder.run("SELECT pg_advisory_lock_shared(2003265394, 0)"));
    REQUIRE(holder.run(
        "SELECT pg_advisory_lock(2003268456, ascii(s)) FROM unnest(string_to_array($1, NULL)) AS s",
        {all_shards}));
    Beside spare{platform};
    CHECK(eventually([&] { return spare.ingest.service.ready().has_value(); }));
    CHECK(spare.broker.shards_served() == 0);
    CHECK(owned(platform) == 32);

    REQUIRE(holder.run("SELECT pg_advisory_unlock_all()"));
    CHECK(spare.serves(32));
}

TEST_CASE("a process that does not reach the broker steps aside until it does", "[integration][ingest]") {
    Platform platform;
    Beside first{platform};
    Beside second{platform};
    REQUIRE(first.serves(16));
    REQUIRE(second.serves(16));
    second.broker.reachable = false;
    CHECK(first.serves(32));
    CHECK(second.serves(0));
    CHECK_FALSE(second.ingest.service.ready());
    second.broker.reachable = true;
    CHECK(first.serves(16));
    CHECK(second.serves(16));
}

TEST_CASE("a process that cannot serve holds no shard from those that could", "[integration][ingest]") {
    Platform platform;
    test::CapturedLog log;
    platform.database.run("REVOKE SELECT ON watchglass.clock_anchors FROM wg_ingest");
    Beside one{platform};
    REQUIRE(eventually([&] { return log.contains("ingest.not_serving"); }));
    CHECK(eventually([&] { return owned(platform) == 0; }));
    CHECK_FALSE(one.ingest.service.ready());

    platform.database.run("GRANT SELECT ON watchglass.clock_anchors TO wg_ingest");
    CHECK(one.serves(32));
    CHECK(eventually([&] { return owned(platform) == 32; }));
}

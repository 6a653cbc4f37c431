// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <cstdlib>
#include <thread>

#include <catch2/catch.hpp>

#include "storage/history/closer.h"
#include "test/integration/storage/random_history.h"

using namespace watchglass;
using namespace watchglass::storage;
using namespace watchglass::storage::history;
using namespace watchglass::test;
using namespace std::chrono_literals;

namespace {

constexpr WallTime much_later{evening.us + 24 * hour_us};

/// Everything that can be read, as a count and a sum.
std::string digest(Connection& reader) {
    const auto rows = reader.run(
        "SELECT count(*) || ' ' || coalesce(sum(hashtextextended(s::text, 0)::numeric), 0) "
        "FROM watchglass.samples s");
    REQUIRE(rows);
    return (*rows)[0].text(0);
}

std::int64_t hot_frames(Connection& reader) {
    const auto rows = reader.run("SELECT count(*) FROM watchglass.frames");
    REQUIRE(rows);
    return (*rows)[0].int64(0);
}

/// A closer with a session of its own, which another thread may end at any moment.
class Victim {
public:
    explicit Victim(const TestDatabase& database) : connection_(database.connect("wg_ingest")) {
        pid_ = connection_.backend_pid();
        thread_ = std::thread([this] {
            Closer closer{{.settle = 1h, .most_frames = 25}};
            while (true) {
                const auto done = closer.step(connection_, much_later);
                if (connection_.broken() || (done && !*done)) break;
                if (done) pieces_ += (*done)->frames > 0 ? 1 : 0;
            }
            ended_ = true;
        });
    }
    ~Victim() { thread_.join(); }
    [[nodiscard]] int pid() const { return pid_; }
    [[nodiscard]] int pieces() const { return pieces_; }
    [[nodiscard]] bool ended() const { return ended_; }

private:
    Connection connection_;
    int pid_ = 0;
    std::atomic<int> pieces_{0};
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

/// The moment of death: after some pieces and then some microseconds, both by the dice, so that it falls anywhere in a
/// transaction.
void kill_somewhere(Victim& victim, RandomHistory& world, Connection& killer) {
    const int pieces = world.upto(2);
    while (!victim.ended() && victim.pieces() < pieces) std::this_thread::yield();
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds{world.upto(15'000)};
    while (!victim.ended() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    REQUIRE(killer.run("SELECT pg_terminate_backend($1)", {victim.pid()}));
}

}  // namespace

TEST_CASE("closing that is killed at any moment changes no answer") {
    const char* given = std::getenv("WATCHGLASS_KILLS");
    const int kills = given != nullptr ? std::atoi(given) : 20;
    const TestDatabase database;
    RandomHistory world{database, 11};
    auto killer = database.connect();
    int struck = 0;
    for (int run = 0; run < kills; ++run) {
        INFO("kill " << run);
        if (hot_frames(killer) < 200) world.append(300, evening, evening + 5h);
        const auto before = digest(killer);
        {
            Victim victim{database};
            kill_somewhere(victim, world, killer);
            struck += victim.ended() ? 0 : 1;
        }
        REQUIRE(digest(killer) == before);
    }
    CHECK(struck > kills / 2);  // else this test kills what has ended
    CHECK(database.number("SELECT count(*) FROM watchglass.series_chunks") > 0);
    world.require_all_answers();
}

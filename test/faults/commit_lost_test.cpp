// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string_view>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "test/faults/support/link.h"
#include "test/faults/support/pool.h"
#include "test/support/wait.h"

using namespace watchglass;
using namespace watchglass::faults;

namespace {

constexpr Rows rows{1, 100};
/// Slow enough for a transaction every few rows.
constexpr const char* pace = "150";

/// The message `Query "COMMIT"` of PostgreSQL's protocol: type, length, text, zero.
constexpr std::string_view commit_message{
    "Q\0\0\0\x0b"
    "COMMIT",
    11};

bool has_commit(ByteSpan bytes) { return as_text(bytes).find(commit_message) != std::string_view::npos; }

/// `before:n`: the n-th COMMIT never reaches the server. `after:n`: it does, and the connection ends when the answer is
/// there, which is thrown away. `silent:n`: the same, but the connection stays open and says nothing any more.
class LostCommit {
public:
    explicit LostCommit(const std::string& text)
        : kind_(text.substr(0, text.find(':'))), n_(std::stoi(text.substr(text.find(':') + 1))) {}

    Passage operator()(const Passing& passing) {
        const std::size_t all = passing.bytes.size();
        if (passing.direction == Direction::from_server && victim_ == passing.connection) {
            victim_ = 0;
            return {0, kind_ == "silent" ? Then::stall : Then::cut};
        }
        if (passing.direction == Direction::from_server || !has_commit(passing.bytes) || ++seen_ != n_)
            return {all, Then::go_on};
        if (kind_ == "before") return {0, Then::cut};
        victim_ = passing.connection;
        return {all, Then::go_on};
    }

private:
    std::string kind_;
    int n_;
    int seen_ = 0;
    std::uint64_t victim_ = 0;
};

/// How many transactions a run takes depends on how many frames are found waiting: one agent follows another until the
/// fault has hit.
Outcome run(RelayedStand& on, const std::shared_ptr<LostCommit>& fault, const std::string& kind,
            int most_agents = 12) {
    auto ingest = on.stand.spawn_ingest();
    on.relay.set_gate([fault](const Passing& passing) { return (*fault)(passing); });
    Outcome outcome;
    for (int n = 0; n < most_agents && on.relay.hit() == 0 && outcome.verdict.good(); ++n) {
        const auto instrument = on.stand.enroll();
        auto agent = on.stand.spawn_agent(instrument, {rows, pace});
        see_through(agent, on.relay, kind);
        outcome.verdict = on.stand.judge({.lives = {Life::whole(told_by(rows))}, .excused = {}}, instrument);
    }
    ingest.terminate(test::patience);
    outcome.reached = on.relay.hit() > 0;
    return outcome;
}

}  // namespace

TEST_CASE("a connection is lost during COMMIT, before it is heard or before it is answered", "[faults]") {
    constexpr std::size_t side_by_side = 3;
    Pool<RelayedStand> stands{side_by_side};
    Sweep sweep{"commit_lost", 100};
    std::vector<std::string> points;
    for (int n = 1; n <= 40; ++n)
        for (const char* kind : {"before", "after", "silent"})
            points.push_back(fmt::format("{}:{}", kind, n));
    sweep.run(sweep.choose(points, 12), side_by_side, [&](const std::string& text) {
        return stands.use([&](RelayedStand& on) {
            return run(on, std::make_shared<LostCommit>(text), text.starts_with("silent") ? "stall" : "");
        });
    });
    CHECK(sweep.report());
}

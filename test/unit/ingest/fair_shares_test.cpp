// SPDX-License-Identifier: Apache-2.0
#include "ingest/fair_shares.h"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "schemas/values/identifiers.h"

using namespace watchglass;
using namespace watchglass::ingest;

namespace {

/// A group of processes and the locks they hold. Each member looks, and acts later on what it saw; meanwhile others act.
class Group {
public:
    explicit Group(std::uint64_t seed) : random_(seed) {}

    void join() { members_[++last_session_]; }
    void kill_one() { members_.erase(std::next(members_.begin(), pick(members_.size()))); }
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] std::size_t moved() const { return moved_; }

    /// One of them, at random, does its next step.
    void step() {
        auto& [session, member] = *std::next(members_.begin(), pick(members_.size()));
        if (!member.view) {
            member.view = view_of(session);
        } else if (!member.leaving.empty()) {
            std::erase_if(member.held, [&](char s) { return member.leaving.find(s) != std::string::npos; });
            member.leaving.clear();
            member.view.reset();
        } else {
            const Moves moves = fair_moves(*member.view);
            member.leaving = moves.release;
            moved_ += moves.release.size() + take(member, moves.take);
            if (member.leaving.empty()) member.view.reset();
        }
    }

    [[nodiscard]] ShardView view_of(int session) const {
        ShardView view{members_.at(session).held, std::string(all_shards), session, {}};
        for (const auto& [number, member] : members_) {
            view.members.push_back({number, member.held.size()});
            std::erase_if(view.free,
                          [&, &held = member.held](char s) { return held.find(s) != std::string::npos; });
        }
        return view;
    }

    [[nodiscard]] std::vector<std::size_t> shares() const {
        std::vector<std::size_t> all;
        for (const auto& [session, member] : members_) all.push_back(member.held.size());
        std::sort(all.rbegin(), all.rend());
        return all;
    }

private:
    struct Process {
        std::string held;
        std::string leaving;
        std::optional<ShardView> view;
    };

    std::ptrdiff_t pick(std::size_t n) { return static_cast<std::ptrdiff_t>(random_() % n); }

    /// Of the shards that were free when it looked, those that still are.
    std::size_t take(Process& member, std::size_t most) const {
        std::size_t taken = 0;
        for (const char shard : member.view->free) {
            const bool lost = std::any_of(members_.begin(), members_.end(), [&](const auto& other) {
                return other.second.held.find(shard) != std::string::npos;
            });
            if (lost || taken == most) continue;
            member.held += shard;
            ++taken;
        }
        std::sort(member.held.begin(), member.held.end());
        return taken;
    }

    std::mt19937_64 random_;
    std::map<int, Process> members_;
    int last_session_ = 100;
    std::size_t moved_ = 0;
};

std::vector<std::size_t> fair(std::size_t members) {
    std::vector<std::size_t> shares(members, all_shards.size() / members);
    for (std::size_t i = 0; i < all_shards.size() % members; ++i) ++shares[i];
    return shares;
}

}  // namespace

TEST_CASE("whoever is alone serves all shards", "[ingest][shares]") {
    const Moves moves = fair_moves({"", std::string(all_shards), 7, {{7, 0}}});
    CHECK(moves.take == 32);
    CHECK(moves.release.empty());
}

TEST_CASE("a newcomer gets its part from everyone who has more than theirs", "[ingest][shares]") {
    const std::vector<Member> members{{1, 16}, {2, 16}, {3, 0}};
    CHECK(fair_moves({"234567abcdefghij", "", 1, members}).release.size() == 5);
    CHECK(fair_moves({"klmnopqrstuvwxyz", "", 2, members}).release.size() == 5);
    CHECK(fair_moves({"", "", 3, members}).take == 10);
}

TEST_CASE("more processes than shards: the rest holds none and wants none", "[ingest][shares]") {
    std::vector<Member> members;
    for (int session = 1; session <= 40; ++session) members.push_back({session, session <= 32 ? 1u : 0u});
    const Moves moves = fair_moves({"", "", 40, members});
    CHECK(moves.take == 0);
    CHECK(fair_moves({"a", "", 1, members}).release.empty());
}

TEST_CASE("a group comes to fair shares and then to rest, in whatever order its members look",
          "[ingest][shares]") {
    const auto seed = GENERATE(range(1, 61));
    INFO("seed " << seed);
    Group group{static_cast<std::uint64_t>(seed)};
    std::mt19937_64 random{static_cast<std::uint64_t>(seed) * 7919};
    group.join();
    for (int change = 0; change < 12; ++change) {
        if (group.size() > 1 && random() % 2 == 0) {
            group.kill_one();
        } else {
            group.join();
        }
        for (auto steps = random() % 40; steps > 0; --steps) group.step();
    }
    for (std::size_t steps = 0; steps < 400 * group.size(); ++steps) group.step();
    CHECK(group.shares() == fair(group.size()));
    const std::size_t moved = group.moved();
    for (std::size_t steps = 0; steps < 100 * group.size(); ++steps) group.step();
    CHECK(group.moved() == moved);
}

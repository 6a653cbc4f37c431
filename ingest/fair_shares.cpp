// SPDX-License-Identifier: Apache-2.0
#include "ingest/fair_shares.h"

#include <algorithm>
#include <tuple>

#include "schemas/values/identifiers.h"

namespace watchglass::ingest {
namespace {

/// How many come before us when the larger shares are given out.
std::size_t place_of(int session, const std::vector<Member>& members) {
    const auto we = std::find_if(members.begin(), members.end(),
                                 [&](const Member& member) { return member.session == session; });
    const auto before = [&](const Member& other) {
        return std::tuple(we->shards, other.session) < std::tuple(other.shards, we->session);
    };
    return static_cast<std::size_t>(std::count_if(members.begin(), members.end(), before));
}

}  // namespace

Moves fair_moves(const ShardView& view) {
    const std::size_t larger_shares = all_shards.size() % view.members.size();
    const bool larger = place_of(view.session, view.members) < larger_shares;
    const std::size_t share = all_shards.size() / view.members.size() + (larger ? 1 : 0);

    Moves moves;
    if (view.held.size() > share) moves.release = view.held.substr(share);
    if (view.held.size() < share) moves.take = share - view.held.size();
    return moves;
}

}  // namespace watchglass::ingest

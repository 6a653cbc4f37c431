// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace watchglass::ingest {

/// A process of the group, by the number of its database session.
struct Member {
    int session = 0;
    std::size_t shards = 0;  ///< it holds
};

/// Who holds what, as one look at the locks showed it.
struct ShardView {
    std::string held;             ///< ours, in order
    std::string free;             ///< nobody's, in order
    int session = 0;              ///< we
    std::vector<Member> members;  ///< all of the group, we among them
};

/// What to do about it.
struct Moves {
    std::string release;   ///< of ours
    std::size_t take = 0;  ///< so many are missing: of the free ones, as soon as there are any
};

/// Leads to fair shares: with n members each holds floor(shards/n) or ceil(shards/n).
///
/// Each member decides alone, from a view that may be a moment old. Nobody lets go below its share or takes above it, and
/// the larger shares go to those who hold most already: so a group in balance moves nothing, and one that is not comes to
/// rest whatever the order in which its members look.
Moves fair_moves(const ShardView& view);

}  // namespace watchglass::ingest

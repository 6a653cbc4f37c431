// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"

namespace watchglass::storage {

/// Where a page of rows in the order of time ended: a moment, and how many rows of that moment were given out. What was
/// stored meanwhile elsewhere in time moves no page. Written "<us>.<count>".
struct MomentCursor {
    WallTime at;
    std::int32_t given = 0;

    [[nodiscard]] std::string text() const;
};

/// foundation.invalid_argument when it is not one of ours.
Result<MomentCursor> parse_moment_cursor(const std::string& text);

/// Behind the last of `items`, in whichever direction they run. `start` is where their page began: a moment with more
/// rows than a page goes on being counted.
template <class Items, class TimeOf>
MomentCursor cursor_behind(const Items& items, const MomentCursor& start, TimeOf time_of) {
    const WallTime last = time_of(items.back());
    std::int32_t given = 0;
    for (auto item = items.rbegin(); item != items.rend() && time_of(*item) == last; ++item) ++given;
    const bool all = static_cast<std::size_t>(given) == items.size();
    return {last, all && last == start.at ? given + start.given : given};
}

}  // namespace watchglass::storage

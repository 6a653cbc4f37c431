// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "storage/postgres/rows.h"
#include "storage/read/scope.h"

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

/// Where a page begins that runs backwards from `until`: there, or where the page before it ended.
Result<MomentCursor> start_before(const Page& page, WallTime until);
/// The same of a page that runs forwards from `since`.
Result<MomentCursor> start_after(const Page& page, WallTime since);

/// The page in these rows, of which the query asked for one more than the page holds: so it is known whether more follows.
template <class PageOf, class ItemOf, class TimeOf>
PageOf page_of(const Rows& rows, const Page& page, const MomentCursor& start, ItemOf item_of,
               TimeOf time_of) {
    PageOf out;
    for (const Row row : rows) {
        if (static_cast<int>(out.items.size()) == page.limit) {
            out.next = cursor_behind(out.items, start, time_of).text();
            break;
        }
        out.items.push_back(item_of(row));
    }
    return out;
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "storage/read/moment_cursor.h"

#include <charconv>
#include <string_view>

namespace watchglass::storage {
namespace {

template <class T>
bool parse_number(std::string_view text, T& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string MomentCursor::text() const { return std::to_string(at.us) + "." + std::to_string(given); }

Result<MomentCursor> parse_moment_cursor(const std::string& text) {
    MomentCursor cursor;
    const auto dot = text.find('.');
    const std::string_view all = text;
    if (dot == std::string::npos || !parse_number(all.substr(0, dot), cursor.at.us) ||
        !parse_number(all.substr(dot + 1), cursor.given) || cursor.given < 0)
        return failed(Failure{
            watchglass::codes::invalid_argument, Next::give_up, "This cursor is not one of ours", {}});
    return cursor;
}

Result<MomentCursor> start_before(const Page& page, WallTime until) {
    const MomentCursor newest{until, 0};
    if (page.after.empty()) return newest;
    const auto ended = parse_moment_cursor(page.after);
    if (!ended) return ended;
    return ended->at < until ? *ended : newest;
}

Result<MomentCursor> start_after(const Page& page, WallTime since) {
    const MomentCursor oldest{since, 0};
    if (page.after.empty()) return oldest;
    const auto ended = parse_moment_cursor(page.after);
    if (!ended) return ended;
    return ended->at >= since ? *ended : oldest;
}

}  // namespace watchglass::storage

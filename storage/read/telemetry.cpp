// SPDX-License-Identifier: Apache-2.0
#include "storage/read/telemetry.h"

#include <charconv>
#include <string_view>

namespace watchglass::storage {
namespace {

/// Where a page ended: a moment, and how many of its samples were given out. Written "<us>.<count>".
struct Cursor {
    std::int64_t us = 0;
    std::int32_t given = 0;
};

template <class T>
bool parse_number(std::string_view text, T& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

Result<Cursor> parse_cursor(const std::string& text) {
    Cursor cursor;
    const auto dot = text.find('.');
    const std::string_view all = text;
    if (dot == std::string::npos || !parse_number(all.substr(0, dot), cursor.us) ||
        !parse_number(all.substr(dot + 1), cursor.given) || cursor.given < 0)
        return failed(Failure{
            watchglass::codes::invalid_argument, Next::give_up, "This cursor is not one of ours", {}});
    return cursor;
}

/// Continues counting where the previous page of the same moment stopped.
std::string cursor_after(const std::vector<Sample>& items, const Cursor& start) {
    std::int32_t given = 0;
    const WallTime last = items.back().t;
    for (auto item = items.rbegin(); item != items.rend() && item->t == last; ++item) ++given;
    if (static_cast<std::size_t>(given) == items.size() && last.us == start.us) given += start.given;
    return std::to_string(last.us) + "." + std::to_string(given);
}

}  // namespace

Result<SamplePage> read_telemetry(UnitOfWork& unit, const TelemetryQuery& query) {
    Cursor start{query.since.us, 0};
    if (!query.page.after.empty()) {
        auto parsed = parse_cursor(query.page.after);
        if (!parsed) return failed(parsed);
        if (parsed->us >= query.since.us) start = *parsed;
    }
    // The order must be total, or a page could show a sample twice.
    auto rows = unit.run(
        "SELECT t, value, text_value, clock_quality, device_t FROM watchglass.telemetry($1, $2, $3, $4, $5) "
        "ORDER BY t, device_t, value, text_value LIMIT $6 OFFSET $7",
        {query.device, query.parameter, WallTime{start.us}, query.until, query.sub_device,
         query.page.limit + 1, start.given});
    if (!rows) return failed(rows);
    SamplePage page;
    for (const Row row : *rows) {
        if (static_cast<int>(page.items.size()) == query.page.limit) {
            page.next = cursor_after(page.items, start);
            break;
        }
        page.items.push_back({row.time(0), row.optional_number(1), row.optional_text(2),
                              static_cast<ClockQuality>(row.int16(3)), row.optional_time(4)});
    }
    return page;
}

Result<bool> parameter_is_declared(UnitOfWork& unit, const std::string& parameter) {
    auto rows =
        unit.run("SELECT EXISTS (SELECT FROM watchglass.dictionary_parameters WHERE name = $1)", {parameter});
    if (!rows) return failed(rows);
    return (*rows)[0].boolean(0);
}

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/clock.h"

#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <time.h>

namespace watchglass {
namespace {

constexpr std::int64_t second = 1'000'000;

std::int64_t read_clock(clockid_t id) {
    timespec now{};
    clock_gettime(id, &now);
    return std::int64_t{now.tv_sec} * second + now.tv_nsec / 1000;
}

tl::unexpected<Failure> not_a_time(std::string_view text) {
    return failed(Failure{codes::invalid_argument,
                          Next::give_up,
                          fmt::format("'{}' is not a time such as 2026-11-20T20:26:01Z.", text),
                          {}});
}

/// Takes pieces from the front of a text; every piece says whether it was there.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}

    std::optional<int> digits(std::size_t count) {
        if (text_.size() < count) return std::nullopt;
        int value = 0;
        for (const char c : text_.substr(0, count)) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(count);
        return value;
    }
    bool one_of(std::string_view choices) {
        if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) return false;
        taken_ = text_.front();
        text_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] char taken() const { return taken_; }
    [[nodiscard]] bool at_end() const { return text_.empty(); }

private:
    std::string_view text_;
    char taken_ = 0;
};

/// One to nine digits after the point, as whole microseconds; nothing when there are fewer or more digits.
std::optional<std::int64_t> fraction(Cursor& cursor) {
    std::int64_t us = 0;
    int count = 0;
    for (std::optional<int> digit; (digit = cursor.digits(1)); ++count) {
        if (count < 6) us = us * 10 + *digit;
    }
    if (count == 0 || count > 9) return std::nullopt;
    for (int i = count; i < 6; ++i) us *= 10;
    return us;
}

/// Seconds east of UTC.
std::optional<std::int64_t> zone(Cursor& cursor) {
    if (cursor.one_of("Zz")) return 0;
    if (!cursor.one_of("+-")) return std::nullopt;
    const int sign = cursor.taken() == '-' ? -1 : 1;
    const auto hours = cursor.digits(2);
    if (!hours || *hours > 23 || !cursor.one_of(":")) return std::nullopt;
    const auto minutes = cursor.digits(2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return std::int64_t{sign} * (*hours * 3600 + *minutes * 60);
}

std::optional<WallTime> read_rfc3339(std::string_view text) {
    using namespace std::chrono;
    Cursor cursor{text};
    const auto y = cursor.digits(4);
    if (!y || !cursor.one_of("-")) return std::nullopt;
    const auto mo = cursor.digits(2);
    if (!mo || !cursor.one_of("-")) return std::nullopt;
    const auto d = cursor.digits(2);
    if (!d || !cursor.one_of("Tt ")) return std::nullopt;
    const auto h = cursor.digits(2);
    if (!h || *h > 23 || !cursor.one_of(":")) return std::nullopt;
    const auto mi = cursor.digits(2);
    if (!mi || *mi > 59 || !cursor.one_of(":")) return std::nullopt;
    const auto s = cursor.digits(2);
    if (!s || *s > 60) return std::nullopt;  // 60: a leap second, read as the first second after it

    std::int64_t us = 0;
    if (cursor.one_of(".")) {
        const auto part = fraction(cursor);
        if (!part) return std::nullopt;
        us = *part;
    }
    const auto east = zone(cursor);
    if (!east || !cursor.at_end()) return std::nullopt;

    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok()) return std::nullopt;
    const std::int64_t days = sys_days{date}.time_since_epoch().count();
    const std::int64_t seconds = days * 86'400 + *h * 3600 + *mi * 60 + *s - *east;
    return WallTime{seconds * second + us};
}

}  // namespace

SteadyTime SystemClock::steady() const { return {read_clock(CLOCK_BOOTTIME)}; }
WallTime SystemClock::wall() const { return {read_clock(CLOCK_REALTIME)}; }

std::string to_rfc3339(WallTime time) {
    using namespace std::chrono;
    const auto since_epoch = microseconds{time.us};
    const auto whole_days = floor<days>(since_epoch);
    // year_month_day holds years -32767..32767; a time beyond RFC 3339's four digits is shown as a number.
    constexpr std::int64_t first_day = sys_days{year{0} / 1 / 1}.time_since_epoch().count();
    constexpr std::int64_t last_day = sys_days{year{9999} / 12 / 31}.time_since_epoch().count();
    if (whole_days.count() < first_day || whole_days.count() > last_day) return fmt::format("us:{}", time.us);

    const year_month_day date{sys_days{whole_days}};
    const std::int64_t us = (since_epoch - whole_days).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       us / (3600 * second), us / (60 * second) % 60, us / second % 60, us % second);
}

Result<WallTime> parse_rfc3339(std::string_view text) {
    if (const auto time = read_rfc3339(text)) return *time;
    return not_a_time(text);
}

Result<Microseconds> parse_duration(std::string_view text) {
    const auto refused = [&] {
        return failed(Failure{codes::invalid_argument,
                              Next::give_up,
                              fmt::format("'{}' is not a duration such as 250ms, 90s, 15m, 6h or 30d.", text),
                              {}});
    };
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || count < 0) return refused();

    const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
    std::int64_t factor = 0;
    if (unit == "us") factor = 1;
    if (unit == "ms") factor = 1000;
    if (unit == "s") factor = second;
    if (unit == "m") factor = 60 * second;
    if (unit == "h") factor = 3600 * second;
    if (unit == "d") factor = 86'400 * second;
    if (factor == 0 || count > std::numeric_limits<std::int64_t>::max() / factor) return refused();
    return Microseconds{count * factor};
}

std::string to_duration_text(Microseconds duration) {
    struct Unit {
        std::int64_t factor;
        std::string_view name;
    };
    constexpr Unit units[] = {{86'400 * second, "d"}, {3600 * second, "h"}, {60 * second, "m"},
                              {second, "s"},          {1000, "ms"},         {1, "us"}};
    const std::int64_t us = duration.count();
    if (us == 0) return "0s";
    for (const auto& unit : units) {
        if (us % unit.factor == 0) return fmt::format("{}{}", us / unit.factor, unit.name);
    }
    return fmt::format("{}us", us);
}

}  // namespace watchglass

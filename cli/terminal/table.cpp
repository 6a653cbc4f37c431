// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/table.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <unistd.h>

#include "libs/foundation/clock.h"

namespace watchglass::cli {

namespace {

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& cell, std::size_t width, bool right) {
    const std::string gap(width - std::min(width, code_points(cell)), ' ');
    return right ? gap + cell : cell + gap;
}

/// Length of the well-formed UTF-8 sequence at the front; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80           ? 1
                               : (lead >> 5) == 0x6  ? 2
                               : (lead >> 4) == 0xE  ? 3
                               : (lead >> 3) == 0x1E ? 4
                                                     : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((text[i] & 0xC0) != 0x80) return 0;
    }
    return length;
}

bool is_control(std::string_view sequence) {
    const auto lead = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) return lead < 0x20 || lead == 0x7F;
    return sequence.size() == 2 && lead == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

constexpr std::string_view color_of(Emphasis emphasis) {
    switch (emphasis) {
        case Emphasis::none: return "";
        case Emphasis::warning: return "\x1b[33m";
        case Emphasis::alarm: return "\x1b[31m";
    }
    return "";
}

}  // namespace

Emphasis emphasis_of(std::string_view word) {
    if (word == "alarm" || word == "silent") return Emphasis::alarm;
    if (word == "warning" || word == "late") return Emphasis::warning;
    return Emphasis::none;
}

std::string Table::text(bool colors) const {
    std::vector<std::size_t> widths;
    for (const auto& cell : head_) widths.push_back(code_points(cell));
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], code_points(row[i]));
    }
    const auto line = [&](const std::vector<std::string>& row) {
        std::string out;
        for (std::size_t i = 0; i < row.size(); ++i) {
            const bool right = std::find(right_.begin(), right_.end(), i) != right_.end();
            out += padded(row[i], widths[i], right);
            out += "  ";
        }
        out.erase(out.find_last_not_of(' ') + 1);
        return out + "\n";
    };
    std::string out = line(head_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        auto text = line(rows_[i]);
        if (colors && emphasis_[i] != Emphasis::none)
            text = fmt::format("{}{}\x1b[0m\n", color_of(emphasis_[i]), text.substr(0, text.size() - 1));
        out += text;
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0 || is_control(text.substr(0, length))) {
            const auto bytes = std::max<std::size_t>(length, 1);
            for (std::size_t i = 0; i < bytes; ++i)
                out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
            text.remove_prefix(bytes);
            continue;
        }
        out += text.substr(0, length);
        text.remove_prefix(length);
    }
    return out;
}

std::string age(double seconds) {
    if (seconds < 120) return fmt::format("{:.0f} s", seconds);
    if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
    if (seconds < 172800) return fmt::format("{:.0f} h", seconds / 3600);
    return fmt::format("{:.0f} d", seconds / 86400);
}

std::string local_and_utc(std::string_view rfc3339) {
    const auto time = parse_rfc3339(rfc3339);
    if (!time) return printable(rfc3339);
    const std::time_t seconds = time->us / 1'000'000;
    std::tm local{};
    ::localtime_r(&seconds, &local);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %Z", &local);
    return fmt::format("{} ({})", text.data(), to_rfc3339(*time));
}

bool on_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool somebody_there() { return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1; }

bool colors_wanted() {
    const char* const no = std::getenv("NO_COLOR");
    return on_terminal() && (no == nullptr || *no == '\0');
}

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/log.h"

#include <cmath>
#include <mutex>

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include "libs/foundation/clock.h"
#include "libs/foundation/log_repeats.h"
#include "libs/foundation/utf8.h"

namespace watchglass::log {
namespace {

struct State {
    std::mutex mutex;
    std::string service;
    Level least = Level::info;
    bool human = false;
    bool format_known = false;
    std::function<void(std::string_view)> sink;
    Repeats repeats;
};

/// Lives as long as the process, so that a thread or destructor that logs at the very end still may.
State& state() {
    static auto* const the_state = new State;
    return *the_state;
}

std::string_view name_of(Level level) {
    switch (level) {
        case Level::debug: return "debug";
        case Level::info: return "info";
        case Level::warning: return "warning";
        case Level::error: return "error";
    }
    return "error";
}

void append_quoted(std::string& out, std::string_view text) {
    const std::string valid = valid_utf8(text);
    out += '"';
    for (std::size_t i = 0; i < valid.size(); ++i) {
        const auto byte = static_cast<unsigned char>(valid[i]);
        const bool c1 = byte == 0xc2 && static_cast<unsigned char>(valid[i + 1]) < 0xa0;
        if (byte == '"' || byte == '\\') {
            out += '\\';
            out += valid[i];
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04x}", byte);
        } else if (c1) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(valid[++i]));
        } else {
            out += valid[i];
        }
    }
    out += '"';
}

void append_value(std::string& out, const Field& field) {
    if (const auto* text = std::get_if<std::string>(&field.value)) {
        append_quoted(out, *text);
    } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
        out += fmt::format("{}", *integer);
    } else if (const auto* number = std::get_if<double>(&field.value)) {
        out += std::isfinite(*number) ? fmt::format("{}", *number) : "null";
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

using Fields = std::initializer_list<Field>;

std::string json_line(const State& s, WallTime at, Level level, std::string_view event, std::string_view msg,
                      Fields first, Fields second) {
    std::string line =
        fmt::format("{{\"ts\":\"{}\",\"level\":\"{}\",\"service\":", to_rfc3339(at), name_of(level));
    append_quoted(line, s.service);
    line += ",\"event\":";
    append_quoted(line, event);
    line += ",\"msg\":";
    append_quoted(line, msg);
    for (const auto fields : {first, second}) {
        for (const auto& field : fields) {
            line += ',';
            append_quoted(line, field.key);
            line += ':';
            append_value(line, field);
        }
    }
    line += '}';
    return line;
}

std::string human_line(WallTime at, Level level, std::string_view event, std::string_view msg, Fields first,
                       Fields second) {
    std::string line =
        fmt::format("{} {:<7} {}  {}", to_rfc3339(at), name_of(level), printable(msg), printable(event));
    for (const auto fields : {first, second}) {
        for (const auto& field : fields) {
            line += fmt::format(" {}=", field.key);
            append_value(line, field);
        }
    }
    return line;
}

/// One write for the whole line: lines of several threads and processes do not mix.
void write_to_stderr(std::string line) {
    line += '\n';
    std::string_view rest = line;
    while (!rest.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;  // nobody can be told that nobody can be told
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
}

void emit(State& s, WallTime at, Level level, std::string_view event, std::string_view msg, Fields first,
          Fields second = {}) {
    if (!s.format_known) {
        s.human = ::isatty(STDERR_FILENO) == 1;
        s.format_known = true;
    }
    auto line = s.human ? human_line(at, level, event, msg, first, second)
                        : json_line(s, at, level, event, msg, first, second);
    if (s.sink) {
        s.sink(line);
    } else {
        write_to_stderr(std::move(line));
    }
}

void write_all(Level level, std::string_view event, std::string_view msg, Fields first, Fields second) {
    const SystemClock clock;
    State& s = state();
    const std::lock_guard lock(s.mutex);
    if (level < s.least) return;
    const auto now = clock.steady();
    const auto at = clock.wall();
    for (const auto& held : s.repeats.take_held_back(now)) {
        emit(s, at, Level::warning, "log.held_back", "Repeated lines of an event were not written.",
             {{"held_event", held.event}, {"lines", held.lines}});
    }
    if (s.repeats.admit(event, now)) emit(s, at, level, event, msg, first, second);
}

}  // namespace

void start(std::string_view service, Level least, Format format) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.service = service;
    s.least = least;
    s.human = format == Format::human;
    s.format_known = format != Format::automatic;
}

void redirect(std::function<void(std::string_view)> sink) {
    State& s = state();
    const std::lock_guard lock(s.mutex);
    s.sink = std::move(sink);
}

void write(Level level, std::string_view event, std::string_view msg, std::initializer_list<Field> fields) {
    write_all(level, event, msg, fields, {});
}

void failure(Level level, std::string_view event, const Failure& failure,
             std::initializer_list<Field> fields) {
    const Field code{"code", failure.code.name};
    const Field detail{"detail", failure.detail};
    const Field cause{"cause", failure.cause};
    if (failure.cause.empty()) {
        write_all(level, event, failure.code.sentence, fields, {code, detail});
    } else {
        write_all(level, event, failure.code.sentence, fields, {code, detail, cause});
    }
}

}  // namespace watchglass::log

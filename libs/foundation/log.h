// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "libs/foundation/failure.h"

namespace watchglass::log {

enum class Level { debug, info, warning, error };
enum class Format { automatic, json, human };  ///< automatic: human on a terminal, JSON lines elsewhere

/// One more fact of a log line: `{"device", id}`. Never a secret, never a body. The key has static storage.
struct Field {
    std::string_view key;
    std::variant<std::string, std::int64_t, double, bool> value;

    Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
    Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
    Field(std::string_view k, const std::string& v) : key(k), value(v) {}
    Field(std::string_view k, bool v) : key(k), value(v) {}
    Field(std::string_view k, double v) : key(k), value(v) {}
    template <class T>
    requires std::is_integral_v<T> Field(std::string_view k, T v)
        : key(k), value(static_cast<std::int64_t>(v)) {}
};

/// Called once by main, before threads start. `service` appears in every line.
void start(std::string_view service, Level least = Level::info, Format format = Format::automatic);

/// Hands finished lines (without the line feed) to `sink` instead of stderr: for a host application and for
/// tests. An empty function goes back to stderr. The sink is called by one thread at a time and must not log.
void redirect(std::function<void(std::string_view line)> sink);

/// Writes one line to stderr: `{"ts","level","service","event","msg",...fields}`. Thread-safe.
///
/// `event` is the stable name scripts look for (`ingest.committed`), `msg` a sentence for a person. The same
/// event repeated more than 20 times in 10 s is held back; the first line written after that is preceded by
/// one that says how many were not (`log.held_back`). Control characters never reach a terminal: they are
/// escaped.
void write(Level level, std::string_view event, std::string_view msg,
           std::initializer_list<Field> fields = {});

inline void debug(std::string_view event, std::string_view msg, std::initializer_list<Field> fields = {}) {
    write(Level::debug, event, msg, fields);
}
inline void info(std::string_view event, std::string_view msg, std::initializer_list<Field> fields = {}) {
    write(Level::info, event, msg, fields);
}
inline void warning(std::string_view event, std::string_view msg, std::initializer_list<Field> fields = {}) {
    write(Level::warning, event, msg, fields);
}
inline void error(std::string_view event, std::string_view msg, std::initializer_list<Field> fields = {}) {
    write(Level::error, event, msg, fields);
}
/// A failure with its code, detail and cause as fields.
void failure(Level level, std::string_view event, const Failure& failure,
             std::initializer_list<Field> fields = {});

}  // namespace watchglass::log

// SPDX-License-Identifier: Apache-2.0
// Writes JSON text. By hand, since the library's writer would need a copy of the whole value first.
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "libs/foundation/utf8.h"
#include "libs/json/json.h"

namespace watchglass::json {
namespace {

class Writer {
public:
    explicit Writer(int indent) : indent_(indent) {}

    void null() { out_ += "null"; }
    void boolean(bool v) { out_ += v ? "true" : "false"; }
    void integer(std::int64_t v) { out_ += std::to_string(v); }

    void number(double v) {
        if (!std::isfinite(v)) return null();
        std::array<char, 32> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), v).ptr;
        const std::string_view shortest{digits.data(), static_cast<std::size_t>(end - digits.data())};
        out_ += shortest;
        // A whole double stays a double when it is read again.
        if (shortest.find_first_of(".e") == std::string_view::npos) out_ += ".0";
    }

    void text(std::string_view v) {
        out_ += '"';
        if (is_valid_utf8(v)) {
            escape(v);
        } else {
            escape(valid_utf8(v));
        }
        out_ += '"';
    }

    void begin(char bracket) {
        out_ += bracket;
        ++depth_;
        first_ = true;
    }
    void next() {
        if (!first_) out_ += ',';
        first_ = false;
        new_line();
    }
    void name(std::string_view member) {
        text(member);
        out_ += indent_ > 0 ? ": " : ":";
    }
    void end(char bracket) {
        --depth_;
        if (!first_) new_line();
        first_ = false;
        out_ += bracket;
    }
    std::string take() { return std::move(out_); }

private:
    void new_line() {
        if (indent_ <= 0) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(indent_ * depth_), ' ');
    }
    void escape(std::string_view v) {
        for (const char c : v) {
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                out_ += '\\';
                out_ += c;
            } else if (c == '\n') {
                out_ += "\\n";
            } else if (byte < 0x20 || byte == 0x7f) {
                out_ += fmt::format("\\u{:04x}", byte);
            } else {
                out_ += c;
            }
        }
    }

    std::string out_;
    int indent_;
    int depth_ = 0;
    bool first_ = true;
};

void write(Writer& writer, const Value& value) {
    if (value.is_object()) {
        writer.begin('{');
        for (const auto& [name, member] : value.members()) {
            writer.next();
            writer.name(name);
            write(writer, member);
        }
        writer.end('}');
    } else if (value.is_array()) {
        writer.begin('[');
        for (const auto& item : value.items()) {
            writer.next();
            write(writer, item);
        }
        writer.end(']');
    } else if (value.is_text()) {
        writer.text(*value.as_text());
    } else if (value.is_integer()) {
        writer.integer(*value.as_integer());
    } else if (value.is_number()) {
        writer.number(*value.as_number());
    } else if (value.is_boolean()) {
        writer.boolean(*value.as_bool());
    } else {
        writer.null();
    }
}

}  // namespace

std::string Value::dump(int indent) const {
    Writer writer{indent};
    write(writer, *this);
    return writer.take();
}

}  // namespace watchglass::json

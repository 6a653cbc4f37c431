// SPDX-License-Identifier: Apache-2.0
#include "libs/http/target.h"

#include <optional>

#include "libs/foundation/utf8.h"
#include "libs/http/codes.h"

namespace watchglass::http {
namespace {

tl::unexpected<Failure> malformed(std::string detail) {
    return failed(Failure{codes::malformed_request, Next::give_up, std::move(detail), {}});
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Nothing when the encoding is bad, or when the result holds control characters or is not UTF-8.
std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = hex_value(text[i + 1]);
            const int low = hex_value(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
        out += c;
    }
    if (!is_valid_utf8(out)) return std::nullopt;
    return out;
}

/// Cuts `text` at the first `separator`; what follows it becomes `text`.
std::string_view cut(std::string_view& text, char separator) {
    const auto at = text.find(separator);
    const auto piece = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return piece;
}

}  // namespace

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                c == '-' || c == '.' || c == '_' || c == '~';
        if (unreserved) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

Result<Target> parse_target(std::string_view target) {
    if (!target.starts_with('/')) return malformed("The target must begin with a slash.");
    if (target.find('#') != std::string_view::npos) return malformed("The target holds a fragment.");
    std::string_view query = target;
    std::string_view path = cut(query, '?');

    Target parsed;
    path.remove_prefix(1);
    // One round even for an empty rest: "/" has one empty segment, "/a/" two.
    for (bool more = true; more;) {
        more = path.find('/') != std::string_view::npos;
        const auto segment = decoded(cut(path, '/'), false);
        if (!segment || segment->find('/') != std::string::npos)
            return malformed("The path is badly encoded.");
        if (*segment == "." || *segment == "..") return malformed("The path holds a dot segment.");
        parsed.path += '/';
        parsed.path += *segment;
    }
    while (!query.empty()) {
        std::string_view value = cut(query, '&');
        if (value.empty()) continue;
        const auto name = decoded(cut(value, '='), true);
        const auto text = decoded(value, true);
        if (!name || !text) return malformed("The query is badly encoded.");
        parsed.query.emplace_back(*name, *text);
    }
    return parsed;
}

}  // namespace watchglass::http

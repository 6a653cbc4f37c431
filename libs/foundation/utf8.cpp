// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/utf8.h"

#include <cstddef>

#include <fmt/format.h>

namespace watchglass {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

bool continues(std::string_view text, std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return i < text.size() && byte_at(text, i) >= least && byte_at(text, i) <= most;
}

/// Bytes of the well-formed character that begins the text (Unicode table 3-7), 0 when there is none.
std::size_t character_length(std::string_view text) {
    const unsigned first = byte_at(text, 0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(text, 1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned least = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned most = first == 0xed ? 0x9f : 0xbf;
        return continues(text, 1, least, most) && continues(text, 2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned least = first == 0xf0 ? 0x90 : 0x80;
        const unsigned most = first == 0xf4 ? 0x8f : 0xbf;
        return continues(text, 1, least, most) && continues(text, 2) && continues(text, 3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        out += length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const unsigned first = byte_at(text, 0);
        const bool c1 = length == 2 && first == 0xc2 && byte_at(text, 1) < 0xa0;
        if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (first < 0x20 || first == 0x7f) {
            out += fmt::format("\\x{:02x}", first);
        } else if (c1) {
            out += fmt::format("\\x{:02x}", byte_at(text, 1));
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace watchglass

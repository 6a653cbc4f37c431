// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/bytes.h"

#include <array>

namespace watchglass {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";

/// What each character stands for, -1 for the characters that stand for nothing.
using Alphabet = std::array<std::int8_t, 256>;

constexpr Alphabet alphabet_of(std::string_view digits, bool both_cases) {
    Alphabet values{};
    for (auto& value : values) value = -1;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const char digit = digits[i];
        values[static_cast<unsigned char>(digit)] = static_cast<std::int8_t>(i);
        if (both_cases && digit >= 'a' && digit <= 'z') {
            values[static_cast<unsigned char>(digit - 'a' + 'A')] = static_cast<std::int8_t>(i);
        }
    }
    return values;
}

constexpr Alphabet hex_values = alphabet_of(hex_digits, true);
constexpr Alphabet base64_values = alphabet_of(base64_digits, false);
constexpr Alphabet base32_values = alphabet_of(base32_digits, true);

int value_of(const Alphabet& alphabet, char c) { return alphabet[static_cast<unsigned char>(c)]; }

tl::unexpected<Failure> refused(std::string why) {
    return failed(Failure{codes::invalid_argument, Next::give_up, std::move(why), {}});
}

}  // namespace

std::string to_hex(ByteSpan bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        text += hex_digits[byte >> 4];
        text += hex_digits[byte & 15];
    }
    return text;
}

Result<Bytes> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return refused("Hexadecimal text needs two digits for each byte.");
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = value_of(hex_values, text[i]);
        const int low = value_of(hex_values, text[i + 1]);
        if (high < 0 || low < 0) return refused("A character is not a hexadecimal digit.");
        bytes.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return bytes;
}

std::string to_base64(ByteSpan bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t left = bytes.size() - i;
        const std::uint32_t group = (std::uint32_t{bytes[i]} << 16) |
                                    (left > 1 ? std::uint32_t{bytes[i + 1]} << 8 : 0u) |
                                    (left > 2 ? std::uint32_t{bytes[i + 2]} : 0u);
        text += base64_digits[group >> 18];
        text += base64_digits[(group >> 12) & 63];
        text += left > 1 ? base64_digits[(group >> 6) & 63] : '=';
        text += left > 2 ? base64_digits[group & 63] : '=';
    }
    return text;
}

Result<Bytes> from_base64(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t group = 0;
    int digits = 0;
    int padding = 0;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const int value = value_of(base64_values, c);
        if (value < 0) return refused("A character is not a Base64 digit.");
        if (padding > 0) return refused("Base64 text goes on after its padding.");
        group = (group << 6) | static_cast<std::uint32_t>(value);
        if (++digits % 4 == 0) {
            bytes.push_back(static_cast<std::uint8_t>(group >> 16));
            bytes.push_back(static_cast<std::uint8_t>(group >> 8));
            bytes.push_back(static_cast<std::uint8_t>(group));
            group = 0;
        }
    }
    const int rest = digits % 4;
    if (rest == 1 || padding != (rest == 0 ? 0 : 4 - rest))
        return refused("The padding of a Base64 text is wrong.");
    // Bits that no byte uses must be zero, or two texts would mean the same bytes.
    if (rest == 2) {
        if ((group & 15) != 0) return refused("The last Base64 digit has bits that belong to no byte.");
        bytes.push_back(static_cast<std::uint8_t>(group >> 4));
    } else if (rest == 3) {
        if ((group & 3) != 0) return refused("The last Base64 digit has bits that belong to no byte.");
        bytes.push_back(static_cast<std::uint8_t>(group >> 10));
        bytes.push_back(static_cast<std::uint8_t>(group >> 2));
    }
    return bytes;
}

std::string to_base32(ByteSpan bytes) {
    std::string text;
    text.reserve((bytes.size() * 8 + 4) / 5);
    std::uint32_t bits = 0;
    int held = 0;
    for (const auto byte : bytes) {
        bits = (bits << 8) | byte;
        held += 8;
        while (held >= 5) {
            held -= 5;
            text += base32_digits[(bits >> held) & 31];
        }
    }
    if (held > 0) text += base32_digits[(bits << (5 - held)) & 31];
    return text;
}

Result<Bytes> from_base32(std::string_view text) {
    Bytes bytes;
    bytes.reserve(text.size() * 5 / 8);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const int value = value_of(base32_values, c);
        if (value < 0) return refused("A character is not a Base32 digit.");
        bits = (bits << 5) | static_cast<std::uint32_t>(value);
        held += 5;
        if (held >= 8) {
            held -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> held));
        }
    }
    // A whole digit left over, or bits that belong to no byte: two texts would mean the same bytes.
    if (held >= 5 || (bits & ((1u << held) - 1)) != 0)
        return refused("The length of a Base32 text is wrong.");
    return bytes;
}

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"

namespace watchglass {

using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

/// The bytes of a text, without copying; valid as long as the text is.
inline ByteSpan as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
/// A text over the same bytes, without copying; valid as long as the bytes are.
inline std::string_view as_text(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower-case hexadecimal, two digits a byte.
std::string to_hex(ByteSpan bytes);
/// Accepts both cases; refuses odd lengths and anything else.
Result<Bytes> from_hex(std::string_view text);

/// RFC 4648 section 4, padded, in one line.
std::string to_base64(ByteSpan bytes);
/// RFC 4648 section 4; white space is skipped (PEM bodies, EST), missing or wrong padding is refused.
Result<Bytes> from_base64(std::string_view text);

/// RFC 4648 section 6, lower case, without padding.
std::string to_base32(ByteSpan bytes);
/// RFC 4648 section 6 without padding, both cases.
Result<Bytes> from_base32(std::string_view text);

}  // namespace watchglass

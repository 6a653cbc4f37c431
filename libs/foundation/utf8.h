// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace watchglass {

/// True when every byte belongs to well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
bool is_valid_utf8(std::string_view text);

/// The text with each ill-formed byte replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

/// The text made safe for a terminal: valid UTF-8 in which control characters (C0, DEL and C1) are written
/// `\x1b`.
std::string printable(std::string_view text);

}  // namespace watchglass

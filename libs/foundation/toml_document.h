// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "libs/foundation/result.h"

namespace watchglass {

/// A TOML file as a flat list of keys: `section.key` and so on for deeper tables. toml_document.cpp is the
/// only file that knows the TOML library.
struct TomlDocument {
    /// A kind of value that settings do not have (array, date).
    struct Other {};
    struct Entry {
        std::variant<Other, bool, std::int64_t, double, std::string> value;
        std::uint32_t line = 0;  ///< counted from 1
    };
    std::map<std::string, Entry, std::less<>> entries;
};

/// Fails with codes::invalid_argument; the detail says what is wrong and in which line.
Result<TomlDocument> parse_toml(std::string_view text);

/// A string as TOML writes it, with quotes.
std::string toml_quoted(std::string_view text);

}  // namespace watchglass

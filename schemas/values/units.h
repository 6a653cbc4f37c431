// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace watchglass {

/// A unit that dictionaries may use.
struct Unit {
    std::string_view code;    ///< UCUM, case-sensitive: what is stored and sent
    std::string_view symbol;  ///< what people see, UTF-8
};

/// All of them; dictionaries with another code fail their lint.
[[nodiscard]] std::span<const Unit> known_units();

/// `Cel` -> `°C`. A code that is not known comes back as it is; empty for `1`.
[[nodiscard]] std::string_view unit_symbol(std::string_view code);
[[nodiscard]] bool is_known_unit(std::string_view code);

}  // namespace watchglass

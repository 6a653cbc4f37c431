// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/reading.h"

#include <fmt/format.h>

#include "cli/terminal/table.h"

namespace watchglass::cli {

std::string value_text(const json::Value& reading) {
    const auto* value = reading.find("value");
    if (value == nullptr || value->is_null()) return "-";
    if (value->is_text()) return printable(*value->as_text());
    return value->is_number() ? fmt::format("{}", *value->as_number()) : value->dump();
}

std::string value_with_unit(const json::Value& reading) {
    const auto symbol = printable(reading.text_or("symbol", ""));
    return symbol.empty() ? value_text(reading) : value_text(reading) + " " + symbol;
}

}  // namespace watchglass::cli

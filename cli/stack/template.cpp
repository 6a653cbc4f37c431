// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/template.h"

#include <set>

#include <fmt/format.h>

namespace watchglass::cli {

namespace {

bool may_be_in_a_name(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// The name between two '@' when one begins at `text[0]`; empty when this '@' is only an '@'.
std::string_view name_at(std::string_view text) {
    std::size_t end = 1;
    while (end < text.size() && may_be_in_a_name(text[end])) ++end;
    if (end == 1 || end == text.size() || text[end] != '@') return {};
    return text.substr(1, end - 1);
}

Failure mismatch(std::string what) {
    return Failure{watchglass::codes::internal_error, Next::tell_operator, std::move(what), ""};
}

}  // namespace

Result<std::string> render(std::string_view text, const std::map<std::string, std::string>& values) {
    std::string out;
    std::set<std::string> used;
    while (!text.empty()) {
        const auto at = text.find('@');
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        const auto name = name_at(text);
        if (name.empty()) {
            out += '@';
            text.remove_prefix(1);
            continue;
        }
        const auto value = values.find(std::string{name});
        if (value == values.end()) return failed(mismatch(fmt::format("nothing to put for @{}@", name)));
        out += value->second;
        used.insert(value->first);
        text.remove_prefix(name.size() + 2);
    }
    for (const auto& [name, value] : values) {
        if (!used.contains(name)) return failed(mismatch(fmt::format("the template has no @{}@", name)));
    }
    return out;
}

}  // namespace watchglass::cli

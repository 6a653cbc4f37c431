// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/toml_document.h"

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace watchglass {
namespace {

TomlDocument::Entry entry_of(const toml::node& node) {
    TomlDocument::Entry entry;
    entry.line = node.source().begin.line;
    if (const auto* flag = node.as_boolean()) entry.value = flag->get();
    if (const auto* integer = node.as_integer()) entry.value = integer->get();
    if (const auto* number = node.as_floating_point()) entry.value = number->get();
    if (const auto* text = node.as_string()) entry.value = text->get();
    return entry;
}

void flatten(const toml::table& table, const std::string& prefix, TomlDocument& document) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        if (const auto* inner = node.as_table()) {
            flatten(*inner, name + '.', document);
        } else {
            document.entries.emplace(name, entry_of(node));
        }
    }
}

}  // namespace

Result<TomlDocument> parse_toml(std::string_view text) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
        return failed(Failure{
            codes::invalid_argument,
            Next::give_up,
            fmt::format("line {}: {}", parsed.error().source().begin.line, parsed.error().description()),
            {}});
    }
    TomlDocument document;
    flatten(parsed.table(), "", document);
    return document;
}

std::string toml_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\u{:04X}", byte);
        } else {
            out += c;
        }
    }
    out += '"';
    return out;
}

}  // namespace watchglass

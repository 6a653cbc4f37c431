// SPDX-License-Identifier: Apache-2.0
#include "schemas/dictionaries/constants_header.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "schemas/dictionaries/dictionary_text.h"

namespace watchglass::dictionaries {
namespace {

// Words that C++ or the header itself already uses.
constexpr auto reserved = std::to_array<std::string_view>({"alarms",
                                                           "alignas",
                                                           "alignof",
                                                           "and",
                                                           "asm",
                                                           "auto",
                                                           "bitand",
                                                           "bitor",
                                                           "bool",
                                                           "break",
                                                           "case",
                                                           "catch",
                                                           "char",
                                                           "class",
                                                           "compl",
                                                           "concept",
                                                           "const",
                                                           "constants",
                                                           "consteval",
                                                           "constexpr",
                                                           "constinit",
                                                           "continue",
                                                           "co_await",
                                                           "co_return",
                                                           "co_yield",
                                                           "decltype",
                                                           "default",
                                                           "delete",
                                                           "detail",
                                                           "do",
                                                           "double",
                                                           "dynamic_cast",
                                                           "else",
                                                           "enum",
                                                           "explicit",
                                                           "export",
                                                           "extern",
                                                           "false",
                                                           "float",
                                                           "for",
                                                           "friend",
                                                           "goto",
                                                           "if",
                                                           "inline",
                                                           "int",
                                                           "long",
                                                           "mutable",
                                                           "namespace",
                                                           "new",
                                                           "noexcept",
                                                           "not",
                                                           "nullptr",
                                                           "operator",
                                                           "or",
                                                           "private",
                                                           "protected",
                                                           "public",
                                                           "register",
                                                           "reinterpret_cast",
                                                           "requires",
                                                           "return",
                                                           "short",
                                                           "signed",
                                                           "sizeof",
                                                           "static",
                                                           "static_assert",
                                                           "static_cast",
                                                           "std",
                                                           "struct",
                                                           "switch",
                                                           "template",
                                                           "this",
                                                           "thread_local",
                                                           "throw",
                                                           "true",
                                                           "try",
                                                           "typedef",
                                                           "typeid",
                                                           "typename",
                                                           "union",
                                                           "unsigned",
                                                           "using",
                                                           "virtual",
                                                           "void",
                                                           "volatile",
                                                           "watchglass",
                                                           "wchar_t",
                                                           "while",
                                                           "xor"});

std::string identifier(std::string_view name) {
    std::string made{name};
    std::replace(made.begin(), made.end(), '-', '_');
    if (std::find(reserved.begin(), reserved.end(), made) != reserved.end()) made += '_';
    return made;
}

/// `pump_mode` -> `PumpMode`
std::string type_name(std::string_view name) {
    std::string made;
    bool upper = true;
    for (const char c : name) {
        if (c == '_') {
            upper = true;
            continue;
        }
        made += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return made;
}

/// A C++ literal; bytes beyond ASCII in octal, which ends after three digits whatever follows.
std::string quoted(std::string_view text) {
    std::string made = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\' || c == '?') {
            made += '\\';
            made += c;
        } else if (byte < 0x20 || byte >= 0x7f) {
            made += '\\';
            for (const int shift : {6, 3, 0}) made += static_cast<char>('0' + ((byte >> shift) & 7));
        } else {
            made += c;
        }
    }
    return made + '"';
}

/// The shortest decimal that reads back as the same double.
std::string literal(double value) {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    std::string made{digits.data(), end};
    return made.find_first_of(".e") == std::string::npos ? made + ".0" : made;
}

std::string literal(const std::optional<double>& value) { return value ? literal(*value) : "std::nullopt"; }

std::string handle_type(const ParameterDefinition& p) {
    switch (p.type) {
        case ParameterType::number: return "NumberParameter";
        case ParameterType::integer: return "IntegerParameter";
        case ParameterType::boolean: return "BooleanParameter";
        case ParameterType::enumeration: return "EnumerationParameter<" + type_name(p.name) + ">";
        case ParameterType::text: return "TextParameter";
    }
    return {};
}

void write_labels_type(const ParameterDefinition& p, std::string& out) {
    out += "enum class " + type_name(p.name) + " : std::uint32_t {\n";
    for (std::size_t i = 0; i < p.labels.size(); ++i) {
        out += "    " + identifier(p.labels[i]) + " = " + std::to_string(i) + ",\n";
    }
    out += "};\n";
}

void write_handles(const Dictionary& dictionary, std::string& out) {
    for (const ParameterDefinition& p : dictionary.parameters) {
        if (p.type == ParameterType::enumeration) write_labels_type(p, out);
        out += "/// " + p.description + (p.unit.empty() ? "" : " Unit: " + p.unit + ".") + "\n";
        out += "inline constexpr " + handle_type(p) + " " + identifier(p.name) + "{" +
               std::to_string(p.number.value()) + "};\n";
    }
    out += "\nnamespace alarms {\n";
    for (const AlarmDefinition& a : dictionary.alarms) {
        out += "/// " + a.description + "\n";
        out += "inline constexpr AlarmHandle " + identifier(a.name) + "{" + std::to_string(a.number) + ", " +
               quoted(a.name) + "};\n";
    }
    out += "}  // namespace alarms\n";
}

void write_parameter(const ParameterDefinition& p, std::string& out) {
    out += "    {.number = " + std::to_string(p.number.value()) + ",\n";
    out += "     .name = " + quoted(p.name) + ",\n";
    out += "     .description = " + quoted(p.description) + ",\n";
    out += "     .unit = " + quoted(p.unit) + ",\n";
    out += "     .type = ParameterType::" + std::string{to_text(p.type)} + ",\n";
    out += "     .resolution = Resolution{" + std::to_string(p.resolution.numerator()) + ", " +
           std::to_string(p.resolution.decimals()) + "},\n";
    out += "     .deadband = " + literal(p.deadband) + ",\n";
    out += "     .min_interval_ms = " + std::to_string(p.min_interval.count()) + ",\n";
    out += "     .max_interval_ms = " + std::to_string(p.max_interval.count()) + ",\n";
    out += "     .warning_low = " + literal(p.limits.warning_low) + ",\n";
    out += "     .warning_high = " + literal(p.limits.warning_high) + ",\n";
    out += "     .alarm_low = " + literal(p.limits.alarm_low) + ",\n";
    out += "     .alarm_high = " + literal(p.limits.alarm_high) + ",\n";
    out += "     .data_class = DataClass::" + std::string{to_text(p.data_class)} + ",\n";
    out +=
        "     .labels = " + (p.labels.empty() ? std::string{"{}"} : identifier(p.name) + "_labels") + "},\n";
}

/// The arrays behind the constants. C++ has no empty array, so an empty list is left out.
void write_arrays(const Dictionary& dictionary, std::string& out) {
    for (const ParameterDefinition& p : dictionary.parameters) {
        if (p.labels.empty()) continue;
        out += "inline constexpr std::string_view " + identifier(p.name) + "_labels[] = {";
        for (const std::string& label : p.labels) out += quoted(label) + ", ";
        out += "};\n";
    }
    out += "inline constexpr ParameterConstants parameters[] = {\n";
    for (const ParameterDefinition& p : dictionary.parameters) write_parameter(p, out);
    out += "};\n";
    if (dictionary.alarms.empty()) return;
    out += "inline constexpr AlarmConstants alarms[] = {\n";
    for (const AlarmDefinition& a : dictionary.alarms) {
        out += "    {" + std::to_string(a.number) + ", " + quoted(a.name) + ", " + quoted(a.description) +
               "},\n";
    }
    out += "};\n";
}

}  // namespace

std::string cpp_name(std::string_view name) { return identifier(name); }

std::string constants_header(const Dictionary& dictionary, std::string_view source) {
    const std::string name_space = "watchglass::dictionaries::" + cpp_name(dictionary.name);
    std::string out =
        "// Made by watchglass-dictionary from " + std::string{source} + ". Changes here are lost.\n";
    out += "#pragma once\n\n";
    out += "#include \"schemas/values/dictionary_constants.h\"\n";
    out += "#include \"schemas/values/parameter_handle.h\"\n\n";
    out += "/// " + dictionary.description + "\n";
    out += "namespace " + name_space + " {\n\n";
    write_handles(dictionary, out);
    out += "\nnamespace detail {\n";
    write_arrays(dictionary, out);
    out += "}  // namespace detail\n\n";
    out += "inline constexpr DictionaryConstants constants{\n";
    out += "    .name = " + quoted(dictionary.name) + ",\n";
    out += "    .version = " + std::to_string(dictionary.version) + ",\n";
    out += "    .description = " + quoted(dictionary.description) + ",\n";
    out += "    .digest = " + quoted(dictionary_digest(dictionary)) + ",\n";
    out += "    .parameters = detail::parameters,\n";
    out += "    .alarms = " + std::string{dictionary.alarms.empty() ? "{}" : "detail::alarms"} + ",\n};\n\n";
    out += "}  // namespace " + name_space + "\n";
    return out;
}

}  // namespace watchglass::dictionaries

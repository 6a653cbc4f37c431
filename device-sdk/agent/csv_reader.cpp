// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/agent/csv_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "device-sdk/agent/codes.h"

namespace watchglass::agent {
namespace {

Failure bad_line(std::string why) { return Failure{codes::csv_bad_line, Next::give_up, std::move(why), {}}; }

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n\"";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view line, char separator) {
    std::vector<std::string_view> fields;
    while (true) {
        const auto end = line.find(separator);
        fields.push_back(trimmed(line.substr(0, end)));
        if (end == std::string_view::npos) return fields;
        line.remove_prefix(end + 1);
    }
}

/// Letters and digits, lower case: what is left when people differ only in spelling.
std::string plain(std::string_view name) {
    std::string made;
    for (const char c : name) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) made += c;
        if (c >= 'A' && c <= 'Z') made += static_cast<char>(c - 'A' + 'a');
    }
    return made;
}

const ParameterDefinition* parameter_for(std::string_view column, const Dictionary& dictionary,
                                         const ColumnMap& map) {
    if (const auto mapped = map.find(column); mapped != map.end()) return dictionary.find(mapped->second);
    for (const ParameterDefinition& parameter : dictionary.parameters) {
        if (plain(parameter.name) == plain(column)) return &parameter;
    }
    return nullptr;
}

}  // namespace

Result<CsvReader> CsvReader::from_head(std::string_view head, const Dictionary& dictionary,
                                       const ColumnMap& map) {
    if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
    CsvReader reader;
    std::ptrdiff_t most = 0;
    for (const char candidate : {';', ',', '\t'}) {
        const auto count = std::count(head.begin(), head.end(), candidate);
        if (count > most) {
            most = count;
            reader.separator_ = candidate;
        }
    }
    const auto names = split(head, reader.separator_);
    if (most == 0 || parse_csv_time(names.front())) {
        return failed(Failure{codes::csv_no_head, Next::give_up, {}, {}});
    }
    for (const auto& [column, parameter] : map) {
        if (dictionary.find(std::string_view{parameter}) != nullptr) continue;
        return failed(Failure{codes::csv_no_column,
                              Next::give_up,
                              fmt::format("{} has no parameter {}.", dictionary.name, parameter),
                              {}});
    }
    for (std::size_t i = 1; i < names.size(); ++i) {
        const ParameterDefinition* parameter = parameter_for(names[i], dictionary, map);
        const bool usable = parameter != nullptr && parameter->type != ParameterType::text;
        reader.columns_.push_back(usable ? std::optional{parameter->number} : std::nullopt);
        if (!usable) reader.skipped_.emplace_back(names[i]);
    }
    if (reader.used_columns() == 0) return failed(Failure{codes::csv_no_column, Next::give_up, {}, {}});
    return reader;
}

std::size_t CsvReader::used_columns() const {
    return static_cast<std::size_t>(std::count_if(columns_.begin(), columns_.end(),
                                                  [](const auto& column) { return column.has_value(); }));
}

Result<CsvRow> CsvReader::read(std::string_view line) const {
    const auto fields = split(line, separator_);
    if (fields.size() != columns_.size() + 1) {
        return failed(
            bad_line(fmt::format("It has {} fields instead of {}.", fields.size(), columns_.size() + 1)));
    }
    const auto at = parse_csv_time(fields.front());
    if (!at) return failed(bad_line("Its time cannot be read."));
    CsvRow row;
    row.at = *at;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const std::string_view field = fields[i + 1];
        if (!columns_[i] || field.empty()) continue;
        double value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc{} || end != field.data() + field.size()) {
            return failed(bad_line(fmt::format("Field {} is not a number.", i + 2)));
        }
        if (!std::isfinite(value)) return failed(bad_line(fmt::format("Field {} is not finite.", i + 2)));
        row.values.emplace_back(*columns_[i], value);
    }
    return row;
}

Result<WallTime> parse_csv_time(std::string_view text) {
    if (text.size() < 11 || (text[10] != ' ' && text[10] != 'T')) {
        return failed(bad_line("Its time cannot be read."));
    }
    std::string moment{text};
    moment[10] = 'T';
    const bool has_zone =
        moment.find_first_of("Zz+", 11) != std::string::npos || moment.find('-', 11) != std::string::npos;
    return parse_rfc3339(has_zone ? moment : moment + "Z");
}

}  // namespace watchglass::agent

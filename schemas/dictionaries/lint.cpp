// SPDX-License-Identifier: Apache-2.0
#include "schemas/dictionaries/lint.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "libs/foundation/clock.h"
#include "libs/foundation/utf8.h"
#include "schemas/values/units.h"

namespace watchglass::dictionaries {
namespace {

using std::chrono::milliseconds;

constexpr int most_parameters = 4096;
constexpr int most_alarms = 1024;
constexpr int most_labels = 256;
constexpr std::size_t most_description = 512;
constexpr milliseconds longest_interval = std::chrono::hours{24 * 7};
constexpr milliseconds shortest_confirmation = std::chrono::seconds{1};

/// `^[a-z][a-z0-9<joint>]{0,62}$`
bool is_name(std::string_view text, char joint) {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && text.size() <= 63 && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c) || c == joint; });
}

/// Complains with the line of a field and the name of what it belongs to.
class Reporter {
public:
    Reporter(const LineOf& line_of, std::vector<DictionaryComplaint>& complaints, std::string_view list,
             int index, std::string subject)
        : line_of_(line_of),
          complaints_(complaints),
          list_(list),
          index_(index),
          subject_(std::move(subject)) {}

    void operator()(const char* field, const std::string& what) const {
        complaints_.push_back({line_of_(list_, index_, field), subject_ + what});
    }

private:
    const LineOf& line_of_;
    std::vector<DictionaryComplaint>& complaints_;
    std::string_view list_;
    int index_;
    std::string subject_;
};

void check_description(const std::string& description, const Reporter& complain) {
    if (description.empty())
        complain("description", "It needs a description: one sentence for the customer who reads it.");
    if (description.size() > most_description)
        complain("description", "The description is longer than 512 bytes.");
    if (printable(description) != description)
        complain("description", "The description is not one line of UTF-8 text.");
}

bool has_magnitude(ParameterType type) {
    return type == ParameterType::number || type == ParameterType::integer;
}

void check_unit(const ParameterDefinition& p, const Reporter& complain) {
    if (!p.unit.empty() && !has_magnitude(p.type)) {
        complain("unit", "A parameter of type " + std::string{to_text(p.type)} + " has no unit.");
    } else if (!p.unit.empty() && !is_known_unit(p.unit)) {
        complain("unit", "\"" + printable(p.unit) +
                             "\" is not a UCUM code in the table of units (docs/formats/dictionaries.md).");
    } else if (p.unit.empty() && p.type == ParameterType::number) {
        complain("unit", "A number needs a unit; a pure number has the unit \"1\".");
    }
}

Resolution read_resolution(const v1::ParameterText& text, ParameterType type, const Reporter& complain) {
    if (type != ParameterType::number) {
        if (!text.resolution().empty()) complain("resolution", "Only a number has a resolution.");
        return {};
    }
    const auto resolution = Resolution::parse(text.resolution());
    if (!resolution) {
        complain("resolution",
                 "A number needs a resolution: a positive decimal in quotes, such as \"0.001\".");
        return {};
    }
    return *resolution;
}

milliseconds read_interval(const std::string& text, milliseconds fallback, const char* field,
                           const Reporter& complain) {
    if (text.empty()) return fallback;
    const auto duration = parse_duration(text);
    if (!duration || duration->count() < 0 || *duration % milliseconds{1} != Microseconds{0}) {
        complain(field,
                 "\"" + printable(text) +
                     "\" is not a duration in whole milliseconds, such as \"500ms\", \"5s\" or \"1h\".");
        return fallback;
    }
    return std::chrono::duration_cast<milliseconds>(*duration);
}

void check_intervals(const ParameterDefinition& p, const Reporter& complain) {
    if (p.max_interval > longest_interval) complain("max_interval", "The longest max_interval is 7 days.");
    if (p.max_interval < shortest_confirmation) complain("max_interval", "The shortest max_interval is 1 s.");
    if (p.min_interval >= p.max_interval)
        complain("min_interval", "min_interval is not shorter than max_interval.");
}

/// Deadband and limits are compared with values, so they lie on the same grid.
void check_on_grid(const ParameterDefinition& p, double value, const char* field, const Reporter& complain) {
    if (!std::isfinite(value)) {
        complain(field, std::string{field} + " is not a number.");
    } else if (!p.resolution.steps(value == 0 ? 0 : value)) {
        complain(field,
                 std::string{field} + " is not a multiple of the resolution " + p.resolution.text() + ".");
    }
}

void check_deadband(const ParameterDefinition& p, const Reporter& complain) {
    if (p.deadband == 0) return;
    if (!has_magnitude(p.type)) {
        complain("deadband", "A parameter of type " + std::string{to_text(p.type)} + " has no deadband.");
        return;
    }
    if (p.deadband < 0) complain("deadband", "The deadband is negative.");
    check_on_grid(p, p.deadband, "deadband", complain);
}

void check_limits(const ParameterDefinition& p, const Reporter& complain) {
    struct Named {
        const char* name;
        std::optional<double> value;
    };
    // In the order in which they must rise.
    const Named limits[] = {{"alarm_low", p.limits.alarm_low},
                            {"warning_low", p.limits.warning_low},
                            {"warning_high", p.limits.warning_high},
                            {"alarm_high", p.limits.alarm_high}};
    const Named* below = nullptr;
    for (const Named& limit : limits) {
        if (!limit.value) continue;
        if (!has_magnitude(p.type)) {
            complain(limit.name, "A parameter of type " + std::string{to_text(p.type)} + " has no limits.");
            return;
        }
        check_on_grid(p, *limit.value, limit.name, complain);
        if (below != nullptr && *below->value >= *limit.value) {
            complain(limit.name, std::string{limit.name} + " is not above " + below->name + ".");
        }
        below = &limit;
    }
}

void check_labels(const ParameterDefinition& p, const Reporter& complain) {
    if (p.type != ParameterType::enumeration) {
        if (!p.labels.empty()) complain("label", "Only an enumeration has labels.");
        return;
    }
    if (p.labels.size() < 2) complain("label", "An enumeration needs at least two labels.");
    if (p.labels.size() > most_labels) complain("label", "An enumeration has at most 256 labels.");
    std::set<std::string> seen;
    for (const std::string& label : p.labels) {
        if (!is_name(label, '_'))
            complain("label", "The label \"" + printable(label) +
                                  "\" is not of the form [a-z][a-z0-9_]*, at most 63 characters.");
        if (!seen.insert(label).second)
            complain("label", "The label " + printable(label) + " stands there twice.");
    }
}

ParameterDefinition read_parameter(const v1::ParameterText& text, const Reporter& complain) {
    ParameterDefinition p;
    p.number = ParameterNumber{text.number()};
    p.name = text.name();
    p.description = text.description();
    p.unit = text.unit();
    if (text.type() == v1::TypeText::unspecified) {
        complain("type", "It needs a type: number, integer, boolean, enumeration or text.");
    } else {
        p.type = static_cast<ParameterType>(text.type());
    }
    if (text.data_class() == v1::DataClassText::unspecified) {
        complain("data_class", "It needs a data_class: machine, contact, sample or free_text.");
    } else {
        p.data_class = static_cast<DataClass>(text.data_class());
    }
    p.resolution = read_resolution(text, p.type, complain);
    p.deadband = text.deadband();
    p.min_interval = read_interval(text.min_interval(), p.min_interval, "min_interval", complain);
    p.max_interval = read_interval(text.max_interval(), p.max_interval, "max_interval", complain);
    if (text.has_warning_low()) p.limits.warning_low = text.warning_low();
    if (text.has_warning_high()) p.limits.warning_high = text.warning_high();
    if (text.has_alarm_low()) p.limits.alarm_low = text.alarm_low();
    if (text.has_alarm_high()) p.limits.alarm_high = text.alarm_high();
    p.labels.assign(text.label().begin(), text.label().end());
    return p;
}

void check_parameter(const ParameterDefinition& p, const Reporter& complain) {
    if (p.number.value() < 1 || p.number.value() > most_parameter_number) {
        complain("number", "Parameter numbers are 1 to " + std::to_string(most_parameter_number) + ".");
    }
    if (!is_name(p.name, '_'))
        complain("name", "The name is not of the form [a-z][a-z0-9_]*, at most 63 characters.");
    check_description(p.description, complain);
    check_unit(p, complain);
    check_deadband(p, complain);
    check_intervals(p, complain);
    check_limits(p, complain);
    check_labels(p, complain);
    const bool words = p.type == ParameterType::text;
    if (p.data_class == DataClass::free_text && !words)
        complain("data_class", "Only a text can be of class free_text.");
}

/// Numbers and names are unique within a list.
class Unique {
public:
    void check(std::uint32_t number, const std::string& name, const Reporter& complain) {
        if (!numbers_.insert(number).second)
            complain("number", "The number " + std::to_string(number) + " is used twice.");
        if (!names_.insert(name).second) complain("name", "The name " + printable(name) + " is used twice.");
    }

private:
    std::set<std::uint32_t> numbers_;
    std::set<std::string> names_;
};

std::string subject_of(std::string_view kind, const std::string& name, int index) {
    return std::string{kind} + " " +
           (name.empty() ? "in place " + std::to_string(index + 1) : printable(name)) + ": ";
}

}  // namespace

Dictionary lint(const v1::DictionaryText& text, const LineOf& line_of,
                std::vector<DictionaryComplaint>& complaints) {
    Dictionary dictionary;
    dictionary.name = text.name();
    dictionary.version = text.version();
    dictionary.description = text.description();

    const Reporter whole{line_of, complaints, {}, 0, "The dictionary: "};
    if (!is_name(dictionary.name, '-'))
        whole("name", "The name is not of the form [a-z][a-z0-9-]*, at most 63 characters.");
    if (dictionary.version == 0) whole("version", "It needs a version, from 1.");
    check_description(dictionary.description, whole);
    if (text.parameter_size() == 0) whole("parameter", "It has no parameters.");
    if (text.parameter_size() > most_parameters) whole("parameter", "It has more than 4096 parameters.");
    if (text.alarm_size() > most_alarms) whole("alarm", "It has more than 1024 alarms.");

    Unique parameters;
    for (int i = 0; i < std::min(text.parameter_size(), most_parameters); ++i) {
        const Reporter complain{line_of, complaints, "parameter", i,
                                subject_of("Parameter", text.parameter(i).name(), i)};
        dictionary.parameters.push_back(read_parameter(text.parameter(i), complain));
        const ParameterDefinition& p = dictionary.parameters.back();
        check_parameter(p, complain);
        parameters.check(p.number.value(), p.name, complain);
    }
    Unique alarms;
    for (int i = 0; i < std::min(text.alarm_size(), most_alarms); ++i) {
        const v1::AlarmText& alarm = text.alarm(i);
        const Reporter complain{line_of, complaints, "alarm", i, subject_of("Alarm", alarm.name(), i)};
        if (alarm.number() == 0) complain("number", "It needs a number, from 1.");
        if (!is_name(alarm.name(), '_'))
            complain("name", "The name is not of the form [a-z][a-z0-9_]*, at most 63 characters.");
        check_description(alarm.description(), complain);
        alarms.check(alarm.number(), alarm.name(), complain);
        dictionary.alarms.push_back({alarm.number(), alarm.name(), alarm.description()});
    }
    std::sort(dictionary.parameters.begin(), dictionary.parameters.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    std::sort(dictionary.alarms.begin(), dictionary.alarms.end(),
              [](const auto& a, const auto& b) { return a.number < b.number; });
    return dictionary;
}

}  // namespace watchglass::dictionaries

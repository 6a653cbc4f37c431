// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/values/identifiers.h"
#include "schemas/values/resolution.h"

namespace watchglass {

/// Parameter numbers are 1 to this: a frame has room for no more.
inline constexpr std::uint32_t most_parameter_number = 1'000'000;

enum class ParameterType : std::uint8_t { number = 1, integer = 2, boolean = 3, enumeration = 4, text = 5 };
[[nodiscard]] std::string_view to_text(ParameterType type);

/// What kind of data a parameter carries: what a customer's policy decides about.
enum class DataClass : std::uint8_t { machine = 1, contact = 2, sample = 3, free_text = 4 };
[[nodiscard]] std::string_view to_text(DataClass data_class);

/// Outside of these an instrument raises an alarm. In the parameter's unit; absent means no limit.
struct Limits {
    std::optional<double> warning_low, warning_high, alarm_low, alarm_high;
    friend bool operator==(const Limits&, const Limits&) = default;
};

/// One parameter of a dictionary.
struct ParameterDefinition {
    ParameterNumber number{};
    std::string name;         ///< `^[a-z][a-z0-9_]{0,62}$`, unique in the dictionary
    std::string description;  ///< one sentence
    std::string unit;         ///< UCUM code (`Cel`, `kPa`, `1/min`), empty for counts and texts
    ParameterType type = ParameterType::number;
    Resolution resolution;  ///< numbers only: the finest step that means something; 1 for the other types
    double deadband = 0;    ///< in the unit; a change of at most this is not reported; 0 reports every change
    std::chrono::milliseconds min_interval{0};  ///< between two reported changes
    std::chrono::milliseconds max_interval{
        3600'000};  ///< an unchanged value is confirmed at least this often
    Limits limits;
    DataClass data_class = DataClass::machine;
    std::vector<std::string> labels;  ///< enumeration only: labels[value]
    friend bool operator==(const ParameterDefinition&, const ParameterDefinition&) = default;
};

/// Something an instrument can raise and clear that is not a limit of a parameter.
struct AlarmDefinition {
    std::uint32_t number = 0;
    std::string name;
    std::string description;
    friend bool operator==(const AlarmDefinition&, const AlarmDefinition&) = default;
};

using DictionaryDigest = std::string;  ///< SHA-256 of the canonical form, lower-case hexadecimal

/// What instruments of one model may report: the customer's guarantee of what is collected. A published version
/// never changes.
struct Dictionary {
    std::string name;           ///< `^[a-z][a-z0-9-]{0,62}$`
    std::uint32_t version = 1;  ///< from 1
    std::string description;
    std::vector<ParameterDefinition> parameters;  ///< by number, ascending
    std::vector<AlarmDefinition> alarms;

    [[nodiscard]] const ParameterDefinition* find(ParameterNumber number) const {
        // Most dictionaries count 1, 2, 3 ...: then the place is known. Asked for every sample.
        const std::size_t guess = std::size_t{number.value()} - 1;
        if (guess < parameters.size() && parameters[guess].number == number) return &parameters[guess];
        return search(number);
    }
    [[nodiscard]] const ParameterDefinition* find(std::string_view parameter) const;
    [[nodiscard]] const AlarmDefinition* find_alarm(std::string_view alarm) const;
    friend bool operator==(const Dictionary&, const Dictionary&) = default;

private:
    [[nodiscard]] const ParameterDefinition* search(ParameterNumber number) const;
};

}  // namespace watchglass

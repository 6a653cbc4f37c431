// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "schemas/values/dictionary.h"

namespace watchglass {

/// A ParameterDefinition as constants: no heap, no code before main. The fields mean what they mean there.
struct ParameterConstants {
    std::uint32_t number;
    std::string_view name;
    std::string_view description;
    std::string_view unit;
    ParameterType type;
    Resolution resolution;
    double deadband;
    std::int64_t min_interval_ms;
    std::int64_t max_interval_ms;
    std::optional<double> warning_low, warning_high, alarm_low, alarm_high;
    DataClass data_class;
    std::span<const std::string_view> labels;
};

struct AlarmConstants {
    std::uint32_t number;
    std::string_view name;
    std::string_view description;
};

/// A whole dictionary as `watchglass-dictionary compile` writes it for firmware. Already linted.
struct DictionaryConstants {
    std::string_view name;
    std::uint32_t version;
    std::string_view description;
    std::string_view digest;  ///< SHA-256 of the canonical form, lower-case hexadecimal
    std::span<const ParameterConstants> parameters;
    std::span<const AlarmConstants> alarms;
};

[[nodiscard]] Dictionary to_dictionary(const DictionaryConstants& constants);

}  // namespace watchglass

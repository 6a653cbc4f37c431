// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

/// A parameter's number together with its type, so that `temperature.set("warm")` does not compile. Made by
/// `watchglass-dictionary compile`, one constant a parameter; free of other headers, for firmware.
namespace watchglass {

struct NumberParameter {
    std::uint32_t number;
};
struct IntegerParameter {
    std::uint32_t number;
};
struct BooleanParameter {
    std::uint32_t number;
};
/// `Label` is an enum class whose values are the indexes of the labels.
template <class Label>
struct EnumerationParameter {
    std::uint32_t number;
};
struct TextParameter {
    std::uint32_t number;
};

/// An alarm of a dictionary.
struct AlarmHandle {
    std::uint32_t number;
    std::string_view name;
};

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "schemas/values/dictionary.h"

namespace watchglass::dictionaries {

/// The C++ name of a dictionary: `pump-test-bench` -> `pump_test_bench`.
[[nodiscard]] std::string cpp_name(std::string_view name);

/// A header of constants for firmware: one typed handle a parameter, and the whole as DictionaryConstants. Needs no
/// protobuf, no heap and no code before main. `source` is named in the first comment.
[[nodiscard]] std::string constants_header(const Dictionary& dictionary, std::string_view source);

}  // namespace watchglass::dictionaries

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/dictionaries/dictionary_text.h"
#include "schemas/proto/dictionary.pb.h"

namespace watchglass::dictionaries {

/// Where a field stands in the text: message (null: the whole dictionary), its field's name.
using LineOf = std::function<int(std::string_view list, int index, const char* field)>;

/// Checks a text that protobuf could read, and makes the dictionary from it. Where it complains, the dictionary
/// means nothing.
Dictionary lint(const v1::DictionaryText& text, const LineOf& line_of,
                std::vector<DictionaryComplaint>& complaints);

}  // namespace watchglass::dictionaries

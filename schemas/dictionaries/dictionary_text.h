// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"

/// Reads the text form of a dictionary (docs/formats/dictionaries.md). Links the full protobuf runtime; firmware uses
/// the constants that `watchglass-dictionary compile` makes instead.
namespace watchglass {

/// One thing that is wrong with a dictionary text.
struct DictionaryComplaint {
    int line = 0;      ///< from 1; 0 when it concerns the whole
    std::string what;  ///< a sentence that names the parameter and the field
};

/// "line 12: Parameter temperature: ..."
[[nodiscard]] std::string to_text(const DictionaryComplaint& complaint);

/// What is wrong with a text, in the order of its lines; empty when it would be accepted.
[[nodiscard]] std::vector<DictionaryComplaint> lint_dictionary_text(std::string_view text);

/// The dictionary, parameters and alarms by number. Fails with dictionary.not_accepted; the detail holds every
/// complaint, one a line. Any byte string is a legal input.
Result<Dictionary> parse_dictionary_text(std::string_view text);

/// Names a dictionary's content: SHA-256 over its canonical form. Comments, layout and the order of entries in the
/// text do not change it; everything that parse_dictionary_text() yields does.
[[nodiscard]] DictionaryDigest dictionary_digest(const Dictionary& dictionary);

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "storage/postgres/connection.h"

namespace watchglass::storage {

/// A dictionary's text and what it is called in complaints.
struct DictionarySource {
    std::string name;
    std::string text;
};

/// Those compiled into this program: schemas/dictionaries/*.textproto.
std::vector<DictionarySource> built_in_dictionaries();
/// Every *.textproto of a directory, by name.
Result<std::vector<DictionarySource>> dictionaries_in(const std::filesystem::path& directory);

/// Parses and publishes each; those that are there already are left alone. Answers what was new, as "name version".
Result<std::vector<std::string>> install_dictionaries(Connection& connection,
                                                      const std::vector<DictionarySource>& sources);

}  // namespace watchglass::storage

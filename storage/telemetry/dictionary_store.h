// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/foundation/result.h"
#include "schemas/values/dictionary.h"
#include "storage/postgres/unit_of_work.h"
#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// A dictionary as it stands in the database. `source` is the text that schemas/dictionaries reads.
struct StoredDictionary {
    DictionaryNumber number{};
    std::optional<TenantNumber> tenant;  ///< nothing: for everyone
    std::string name;
    std::uint32_t version = 0;
    DictionaryDigest digest;
    std::string source;
    WallTime created_at;
};

/// All of them, by name and version; of two alike the one for everyone first. A tenant's own hides it from that tenant.
Result<std::vector<StoredDictionary>> load_dictionaries(Connection& connection);

struct DictionaryInstallation {
    DictionaryNumber number{};
    bool was_there = false;  ///< the same name, version and digest had been installed before
};

/// Publishes a dictionary, for one tenant or for everyone, and NOTIFYs `watchglass_dictionaries`. The same version for
/// the same with the same digest is done already; with another digest storage.already_exists: a published version
/// never changes.
Result<DictionaryInstallation> install_dictionary(UnitOfWork& unit, std::optional<TenantNumber> tenant,
                                                  const Dictionary& dictionary,
                                                  const DictionaryDigest& digest, std::string_view source);

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cli/journal/files.h"
#include "libs/json/json.h"

/// What `watchglass journal ... --json` answers. Members are only ever added. Epochs, histories and chains are hexadecimal
/// text, places and sizes numbers, times RFC 3339 in UTC.
namespace watchglass::cli {

json::Value inspect_document(const std::vector<LookedAt>& journals, bool records);
json::Value verify_document(const std::vector<LookedAt>& journals);

}  // namespace watchglass::cli

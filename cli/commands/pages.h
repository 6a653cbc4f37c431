// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "libs/http/client.h"

namespace watchglass::cli {

/// Reads a collection page by page (`{"items": [...], "next": cursor}`) and hands each item on, in order, until there
/// is no next page or `each` returns false. `target` may carry a query.
Result<void> each_item(http::Client& client, const std::string& target,
                       const std::function<bool(const json::Value&)>& each);

}  // namespace watchglass::cli

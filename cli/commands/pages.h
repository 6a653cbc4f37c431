// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "libs/http/client.h"

namespace watchglass::cli {

/// Reads a collection page by page (`{"items": [...], "next": cursor}`) and hands each item on, in order, until there
/// is no next page or `each` returns false. `target` may carry a query.
Result<void> each_item(http::Client& client, const std::string& target,
                       const std::function<bool(const json::Value&)>& each);

/// `target` with the query of a range of time and of a page: `since`, `until` unless empty, and a page no longer than
/// `limit` (0: as long as may be).
std::string with_range(std::string target, const std::string& since, const std::string& until,
                       std::int64_t limit);

/// The device id and both ends of a range, checked before anybody is asked.
Result<void> check_range(const std::string& device, const std::string& since, const std::string& until);

}  // namespace watchglass::cli

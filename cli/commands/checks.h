// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "libs/foundation/result.h"

/// What can be refused before anybody is asked.
namespace watchglass::cli {

/// device.malformed_id, with the text.
Result<void> check_device_id(const std::string& text);

/// RFC 3339 or a duration before now; `option` is named in the failure (cli.malformed_time).
Result<void> check_moment(const std::string& option, const std::string& text);

/// Could this file be written? Nothing of an existing one is touched.
Result<void> check_writable(const std::string& file);

}  // namespace watchglass::cli

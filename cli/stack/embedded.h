// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace watchglass::cli {

/// A template of deploy/ that is compiled in, by its file name. It exists: names are written in this folder alone.
std::string_view embedded(std::string_view name);

}  // namespace watchglass::cli

// SPDX-License-Identifier: Apache-2.0
#include "cli/stack/embedded.h"

#include <algorithm>
#include <iterator>

#include "cli/templates.h"

namespace watchglass::cli {

std::string_view embedded(std::string_view name) {
    return std::find_if(std::begin(templates::files), std::end(templates::files),
                        [&](const auto& file) { return file.name == name; })
        ->text;
}

}  // namespace watchglass::cli

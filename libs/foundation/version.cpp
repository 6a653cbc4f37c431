// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/version.h"

#include <fmt/format.h>

namespace watchglass {

std::string version_line(std::string_view program) {
    return fmt::format("{} {} (wire {}, journal {}, database {})", program, product_version, wire_version,
                       journal_version, database_version);
}

}  // namespace watchglass

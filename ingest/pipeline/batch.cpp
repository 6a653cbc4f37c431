// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/batch.h"

#include <algorithm>

namespace watchglass::ingest {

std::int32_t ReadableBody::longest_offset() const {
    std::int32_t longest = 0;
    for (const std::int32_t offset : offsets_us) longest = std::max(longest, offset);
    for (const std::int32_t offset : confirmed_offsets_us) longest = std::max(longest, offset);
    return longest;
}

}  // namespace watchglass::ingest

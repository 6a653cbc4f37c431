// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "libs/foundation/bytes.h"

namespace watchglass {

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds damage by accident, never by intent.
///
/// Pieces may be chained: crc32c(b, crc32c(a)) is the CRC of a followed by b. Uses the processor's
/// instruction where there is one (x86-64 with SSE 4.2), otherwise a table; both give the same number on
/// every byte order.
std::uint32_t crc32c(ByteSpan bytes, std::uint32_t before = 0);

/// The table alone, for processors without the instruction; public so that a test can compare the two.
std::uint32_t crc32c_by_table(ByteSpan bytes, std::uint32_t before = 0);

}  // namespace watchglass

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace watchglass::cli {

/// A QR code (ISO/IEC 18004, error correction M) drawn with half blocks, two modules a character, with its quiet zone:
/// for a terminal of either color scheme. Empty when the text is too long for one.
std::string qr_code(const std::string& text);

}  // namespace watchglass::cli

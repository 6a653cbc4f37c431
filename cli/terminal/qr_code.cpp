// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/qr_code.h"

#include <memory>

#include <qrencode.h>

namespace watchglass::cli {

namespace {

constexpr int quiet_zone = 2;  // modules; scanners of screens are content with half of what paper needs

struct Free {
    void operator()(QRcode* code) const { QRcode_free(code); }
};

/// Dark outside of the code is never needed: the quiet zone is light.
bool dark(const QRcode& code, int row, int column) {
    const bool inside = row >= 0 && column >= 0 && row < code.width && column < code.width;
    return inside && (code.data[row * code.width + column] & 1) != 0;
}

}  // namespace

std::string qr_code(const std::string& text) {
    const std::unique_ptr<QRcode, Free> code{
        QRcode_encodeString(text.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1)};
    if (!code) return {};
    // Black on white by escape codes, so that a dark terminal does not invert it.
    std::string out;
    for (int row = -quiet_zone; row < code->width + quiet_zone; row += 2) {
        out += "\x1b[30;107m";
        for (int column = -quiet_zone; column < code->width + quiet_zone; ++column) {
            const bool upper = dark(*code, row, column);
            const bool lower = dark(*code, row + 1, column);
            out += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
        }
        out += "\x1b[0m\n";
    }
    return out;
}

}  // namespace watchglass::cli

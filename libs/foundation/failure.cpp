// SPDX-License-Identifier: Apache-2.0
#include "libs/foundation/failure.h"

namespace watchglass {

std::string Failure::message() const {
    std::string text{code.sentence};
    if (!detail.empty()) {
        text += ' ';
        text += detail;
        if (detail.back() != '.') text += '.';
    }
    if (!code.next_step.empty()) {
        text += ' ';
        text += code.next_step;
    }
    return text;
}

}  // namespace watchglass

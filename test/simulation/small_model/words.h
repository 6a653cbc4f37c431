// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "test/simulation/small_model/state.h"

namespace watchglass::small_model {

std::string in_words(const Chain& chain);      ///< "[1 2 gap]"
std::string in_words(const Message& message);  ///< "frame 2 of epoch 1 (reading 3, after [1 2])"

}  // namespace watchglass::small_model

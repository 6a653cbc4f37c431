// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "test/simulation/small_model/design.h"

namespace watchglass::small_model {

/// The worlds that are searched: each small enough to be searched to its end, together all faults of the protocol.
const std::vector<Configuration>& configurations();

/// Some of them with more readings and more faults: minutes instead of seconds.
const std::vector<Configuration>& larger_configurations();

/// What the protocol does not withstand, kept here so that nobody has to find it again: each of these finds harm.
const std::vector<Configuration>& known_limits();

/// By name, out of all three; null: there is none.
const Configuration* find_configuration(std::string_view name);

}  // namespace watchglass::small_model

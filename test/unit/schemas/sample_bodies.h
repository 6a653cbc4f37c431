// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"

/// Dictionaries and bodies that the schema tests share. Everything random comes from the given generator.
namespace watchglass::test {

/// One parameter of every type, numbers with gaps, several resolutions, two alarms.
Dictionary mixed_dictionary();

/// A body of the mixed dictionary that keeps every limit and uses every feature sooner or later.
Body random_body(std::mt19937_64& random);

/// Any finite double, all bit patterns equally likely.
double any_finite(std::mt19937_64& random);

/// 1 Hz rows of eight channels in the form of a pump test bench: `changes` changes of the given dictionary.
Body pump_like_body(const Dictionary& dictionary, std::size_t changes, std::mt19937_64& random);

}  // namespace watchglass::test

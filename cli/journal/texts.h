// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/journal/files.h"

/// The same as documents.h for a person at a terminal. Everything that came from a file is printable.
namespace watchglass::cli {

std::string inspect_text(const LookedAt& journal, bool records);
std::string verify_text(const LookedAt& journal);

}  // namespace watchglass::cli

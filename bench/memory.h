// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

/// What other programs hold of this machine, as the kernel accounts for it in /proc. A program that is gone holds nothing.
namespace watchglass::bench {

/// Resident memory of one process, in kilobytes.
struct Resident {
    double all = 0;
    double anonymous = 0;  ///< nobody else's: heap, stacks, and what it changed of mapped files
    double program = 0;    ///< pages of its executable: code and constants
};
Resident resident_of(int pid);

/// As many open files as this user may have, for us and for what we start from now on.
void allow_many_files();

}  // namespace watchglass::bench

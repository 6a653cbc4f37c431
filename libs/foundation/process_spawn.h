// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/process.h"

/// The part of process.h that lies between fork and exec; for process.cpp only.
namespace watchglass::spawning {

/// A child that runs, and our ends of its pipes.
struct Spawned {
    pid_t pid = -1;
    UniqueFd in;
    UniqueFd out;
    UniqueFd err;
};

Result<Spawned> spawn(const SpawnOptions& options);

}  // namespace watchglass::spawning

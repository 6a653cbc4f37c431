// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace watchglass {

/// What our programs exit with; scripts may rely on it (docs/conventions.md).
enum class ExitCode {
    done = 0,
    failed = 1,
    usage = 2,
    not_reachable = 3,
    refused = 4,
    not_found = 5,
    partly_done = 6,
};

}  // namespace watchglass

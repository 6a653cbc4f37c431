// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libs/foundation/metrics.h"

namespace watchglass::metrics {

/// What the process takes from the machine, under the names that Prometheus's own clients use
/// (process_resident_memory_bytes, process_cpu_seconds_total, process_open_fds, process_threads). Linux: from
/// /proc/self; a figure that cannot be read is left out.
[[nodiscard]] std::string process_exposition();

}  // namespace watchglass::metrics

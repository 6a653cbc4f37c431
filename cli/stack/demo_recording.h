// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// A made-up recording of a pump test bench for demonstrations, tests and benchmarks: the form of a laboratory's export
/// (semicolons, a head line, timestamps of whole seconds without a zone, eight columns printed at the resolution of
/// the dictionary `pump-test-bench`).
struct DemoRecording {
    std::uint64_t seed = 1;   ///< the same seed gives the same readings
    WallTime start;           ///< of the first row, cut to whole seconds
    int rows = 3600;          ///< about one a second; some seconds are missing, as in real exports
    int pause_after_row = 0;  ///< an hour's pause behind this row; 0: none
};

/// Channels drift and carry noise, and often read the same twice, as real ones do.
Result<void> write_recording(const DemoRecording& recording, const std::filesystem::path& file);

}  // namespace watchglass::cli

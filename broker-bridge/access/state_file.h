// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "broker-bridge/access/access_table.h"
#include "libs/foundation/result.h"

namespace watchglass::broker {

/// Replaces the plugin's copy of the access table in one step: whoever reads finds the old table or the new.
/// Mode 0600. The form is that of a snapshot in docs/formats/access-stream.md.
Result<void> save_state(const std::filesystem::path& file, const Snapshot& snapshot);

/// An empty snapshot when there is no file yet; broker.state_unusable when it cannot be read whole.
Result<Snapshot> load_state(const std::filesystem::path& file);

}  // namespace watchglass::broker

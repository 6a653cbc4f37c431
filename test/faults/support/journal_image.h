// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "libs/foundation/bytes.h"
#include "test/faults/support/history_checker.h"

namespace watchglass::faults {

/// Names and contents of the files in one directory.
using Files = std::map<std::string, Bytes>;
Files files_in(const std::filesystem::path& directory);

/// What an instrument's journal holds, read by the rules of docs/formats/journal.md and by nothing of the journal's own
/// reader: records from a segment's begin until one cannot be read.
struct JournalImage {
    std::vector<Told> told;
    std::array<bool, 3> has_segments{};  ///< per lane
};
JournalImage read_journal(const Files& files);

/// What of it the disk held when it ended is due (Life::synced), and whether there was a journal.
void note_synced(Life& life, const JournalImage& image);

}  // namespace watchglass::faults

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
    /// Per lane: the run that wrote it last had begun and not closed it. Where that is false nothing had been recorded
    /// by that run, since it begins a segment before it takes anything.
    std::array<bool, 3> under_way{};
};
JournalImage read_journal(const Files& files);

/// The image of the moment when the last of these lives ended early: what it holds of any of them is due (Life::synced),
/// and it shows whether that end can be told.
void note_synced(std::vector<Life>& lives, const JournalImage& image);

}  // namespace watchglass::faults

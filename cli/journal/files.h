// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "device-sdk/src/journal/journal_survey.h"
#include "libs/foundation/result.h"

namespace watchglass::cli {

/// One journal as it was read: all segments of a directory, or those that were named.
struct LookedAt {
    std::filesystem::path directory;
    bool whole = true;     ///< every file of the directory; otherwise some that were named
    bool in_use = false;   ///< a process holds the journal's lock right now
    bool changed = false;  ///< files changed while they were read: what is said may be of two moments
    device::JournalSurvey survey;
    std::vector<std::vector<device::SurveyedRecord>> records;  ///< as survey.segments; empty unless asked for
};

/// Reads the journals that `paths` name: segment files (those of one directory together), a journal's directory, or one
/// up to four levels above journals. Takes no lock and writes nothing, so an agent may go on working.
///
/// foundation.not_found, cli.no_journal, cli.not_a_journal, cli.journal_not_permitted, foundation.io_error. A file that
/// the disk does not give is a finding of the survey, unless it is the only thing that was named.
Result<std::vector<LookedAt>> look_at_journals(const std::vector<std::string>& paths, bool records);

}  // namespace watchglass::cli

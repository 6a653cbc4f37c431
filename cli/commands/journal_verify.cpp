// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/journal/documents.h"
#include "cli/journal/files.h"
#include "cli/journal/texts.h"

namespace watchglass::cli {

namespace {

ExitCode exit_code_of(device::Grade grade) {
    switch (grade) {
        case device::Grade::fine:
        case device::Grade::note: return ExitCode::done;
        case device::Grade::torn: return ExitCode::partly_done;
        case device::Grade::unchecked:
        case device::Grade::damage: return ExitCode::failed;
    }
    return ExitCode::failed;
}

}  // namespace

ExitCode journal_verify(const Context& context, const JournalOptions& options) {
    const auto journals = look_at_journals(options.paths, false);
    if (!journals) return report(context, journals.error());
    if (context.json) fmt::print("{}\n", verify_document(*journals).dump());
    auto worst = device::Grade::fine;
    for (const LookedAt& journal : *journals) {
        const char* const between = &journal == &journals->front() ? "" : "\n";
        if (!context.json) fmt::print("{}{}", between, verify_text(journal));
        worst = std::max(worst, journal.survey.grade());
    }
    return exit_code_of(worst);
}

}  // namespace watchglass::cli

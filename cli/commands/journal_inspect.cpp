// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/journal/documents.h"
#include "cli/journal/files.h"
#include "cli/journal/texts.h"

namespace watchglass::cli {

ExitCode journal_inspect(const Context& context, const JournalOptions& options) {
    const auto journals = look_at_journals(options.paths, options.records);
    if (!journals) return report(context, journals.error());
    if (context.json) {
        fmt::print("{}\n", inspect_document(*journals, options.records).dump());
        return ExitCode::done;
    }
    for (const LookedAt& journal : *journals) {
        fmt::print("{}{}", &journal == &journals->front() ? "" : "\n",
                   inspect_text(journal, options.records));
    }
    return ExitCode::done;
}

}  // namespace watchglass::cli

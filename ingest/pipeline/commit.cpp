// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/commit.h"

#include <algorithm>

#include "libs/foundation/log.h"
#include "schemas/codec/quarantine_reasons.h"

namespace watchglass::ingest {

Committer::Committer(Vault& vault, StreamLedger& ledger, Backoff backoff, Pause pause, CommitEvents events)
    : vault_(vault),
      ledger_(ledger),
      backoff_(backoff),
      pause_(std::move(pause)),
      events_(std::move(events)) {}

Committer::Done Committer::commit(std::span<Step> steps, std::vector<Unreadable>& unreadable) {
    if (steps.empty() && unreadable.empty()) return Done::all;
    while (true) {
        const CommitAnswer answer = vault_.commit(steps, unreadable);
        if (events_.on_attempt) events_.on_attempt(answer.outcome, steps.size());
        switch (answer.outcome) {
            case Outcome::stored:
                backoff_.reset();
                move_ledger(steps);
                if (events_.on_kept) std::for_each(unreadable.begin(), unreadable.end(), events_.on_kept);
                unreadable.clear();
                return Done::all;
            case Outcome::conflict: forget(steps); return Done::decide_again;
            case Outcome::unknown:
                log::failure(log::Level::warning, "ingest.commit_unknown", *answer.failure);
                forget(steps);
                must_settle_ = true;
                return Done::decide_again;
            case Outcome::refused:
                if (steps.size() > 1 || (!steps.empty() && !unreadable.empty()))
                    return halve(steps, unreadable);
                if (steps.size() == 1 && !std::holds_alternative<RefusedBody>(steps[0].frame->content)) {
                    if (events_.on_refused) events_.on_refused(*steps[0].frame, *answer.failure);
                    steps[0].frame->content =
                        RefusedBody{codec::codes::refused_by_database, answer.failure->detail};
                    continue;
                }
                // Even its place in quarantine is refused: no fault of the data then. Losing it is not an option.
                [[fallthrough]];
            case Outcome::unreachable:
                log::failure(log::Level::warning, "ingest.commit_failed", *answer.failure,
                             {{"frames", steps.size()}});
                if (!pause_(backoff_.next())) return Done::stopped;
                continue;
        }
    }
}

Committer::Done Committer::halve(std::span<Step> steps, std::vector<Unreadable>& unreadable) {
    std::vector<Unreadable> none;
    if (!unreadable.empty()) {
        const Done done = commit({}, unreadable);
        return done == Done::all ? commit(steps, none) : done;
    }
    const std::size_t half = steps.size() / 2;
    const Done done = commit(steps.first(half), none);
    return done == Done::all ? commit(steps.subspan(half), none) : done;
}

void Committer::move_ledger(std::span<const Step> steps) {
    for (const Step& step : steps) ledger_.moved(step.frame->key(), step.after);
}

void Committer::forget(std::span<const Step> steps) {
    for (const Step& step : steps) ledger_.forget(step.frame->key());
}

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/pipeline.h"

#include <map>
#include <set>
#include <utility>

#include "ingest/pipeline/decide.h"
#include "libs/foundation/log.h"

namespace watchglass::ingest {
namespace {

CommitEvents counted(Meters& meters) {
    return {.on_attempt =
                [&meters](Outcome outcome, std::size_t) {
                    if (outcome == Outcome::stored) meters.batches.add();
                    if (outcome == Outcome::conflict) meters.conflicts.add();
                    if (outcome == Outcome::unknown) meters.commits_unknown.add();
                    if (outcome == Outcome::unreachable) meters.commit_retries.add();
                },
            .on_refused =
                [](const Frame& frame, const Failure& failure) {
                    log::failure(log::Level::warning, "ingest.frame_refused", failure,
                                 {{"device", frame.device.text()}, {"seq", frame.seq.value()}});
                },
            .on_kept = [&meters](const Unreadable& message) { meters.quarantined(message.reason.name); }};
}

double seconds(Microseconds d) { return static_cast<double>(d.count()) / 1e6; }

}  // namespace

Pipeline::Pipeline(PipelineSettings settings, PipelineParts parts)
    : settings_(settings),
      parts_(std::move(parts)),
      reader_({parts_.intake, parts_.devices, parts_.dictionaries, parts_.meters,
               parts_.reader_pause ? parts_.reader_pause : parts_.pause,
               Backoff{settings.retry_first, settings.retry_most, parts_.rng}}),
      committer_(parts_.vault, ledger_, Backoff{settings.retry_first, settings.retry_most, parts_.rng},
                 parts_.pause, counted(parts_.meters)),
      announcer_(parts_.voice, parts_.clock, settings.history) {}

bool Pipeline::turn(Microseconds patience) {
    return reader_.read(batch_, settings_.batch, patience) && store(batch_);
}

bool Pipeline::store(Batch& batch) {
    announcer_.flush();
    if (batch.messages == 0) return true;
    for (const Greeting& greeting : batch.greetings)
        time_.learn(greeting.owner, greeting.hello, greeting.received);
    parts_.meters.hellos.add(batch.greetings.size());
    const bool stored = store_all(batch);
    batch.clear();
    return stored;
}

/// Decides, commits and announces; decides again when the rows were not where the ledger thought.
bool Pipeline::store_all(Batch& batch) {
    while (true) {
        forget_lost_database();
        look_ups_left_ = most_look_ups;
        if (!insist([&] { return load_positions(batch); }, "ingest.positions_wait")) return false;
        committer_.settled();
        if (!insist([&] { return look_for_restore(batch); }, "ingest.history_waits")) return false;
        // Another history has begun: what was remembered is of a database that is no more.
        if (!insist([&] { return load_positions(batch); }, "ingest.positions_wait")) return false;
        if (!insist([&] { return load_chains(batch); }, "ingest.chains_wait")) return false;
        if (!insist([&] { return answer_probes(batch); }, "ingest.chains_wait")) return false;

        const SteadyTime began = parts_.clock.steady();
        Plan plan = decide(batch, ledger_, time_, began);
        switch (committer_.commit(plan.steps, batch.unreadable)) {
            case Committer::Done::stopped: return false;
            case Committer::Done::decide_again: continue;
            case Committer::Done::all: break;
        }
        count_stored(plan, began);
        for (const Greeting& greeting : batch.greetings)
            announcer_.greet(greeting.device, greeting.hello.history);
        announcer_.announce(plan.answers, ledger_);
        if (!batch.greetings.empty()) {
            if (const auto heard = parts_.vault.heard(batch.greetings); !heard) {
                log::failure(log::Level::warning, "ingest.heard_not_stored", heard.error());
            }
        }
        parts_.meters.stored_waiting.set(static_cast<double>(announcer_.waiting()));
        ledger_.drop_empty(parts_.clock.steady());
        ledger_.bound(settings_.streams_most);
        parts_.meters.streams_known.set(static_cast<double>(ledger_.size()));
        return true;
    }
}

Result<void> Pipeline::load_positions(const Batch& batch) {
    std::set<StreamKey> unknown;
    for (const Frame& frame : batch.frames) {
        if (!ledger_.knows(frame.key())) unknown.insert(frame.key());
    }
    for (const Greeting& greeting : batch.greetings) {
        for (const HelloStream& told : greeting.hello.streams) {
            const StreamKey key{greeting.owner, told.stream};
            if (!ledger_.knows(key)) unknown.insert(key);
        }
    }
    if (unknown.empty()) return {};
    const std::vector<StreamKey> keys(unknown.begin(), unknown.end());
    const auto found =
        committer_.must_settle() ? parts_.vault.settled_positions(keys) : parts_.vault.positions(keys);
    if (!found) return failed(found);
    for (std::size_t i = 0; i < keys.size(); ++i) ledger_.learn(keys[i], (*found)[i]);
    return {};
}

/// Behind a session that was lost may be another database when it is back: what is remembered is asked again.
void Pipeline::forget_lost_database() {
    const std::uint64_t lost = parts_.vault.sessions_lost();
    if (std::exchange(sessions_lost_, lost) != lost) ledger_.forget_all();
}

void Pipeline::set_history(std::uint64_t history) {
    if (history == announcer_.history()) return;
    announcer_.set_history(history);
    ledger_.forget_all();
}

/// Tries until it works or the program ends: what was taken from the intake is never let go for want of a database.
template <class Attempt>
bool Pipeline::insist(Attempt attempt, std::string_view event) {
    Backoff backoff{settings_.retry_first, settings_.retry_most, parts_.rng};
    while (true) {
        const Result<void> done = attempt();
        if (done) return true;
        log::failure(log::Level::warning, event, done.error());
        if (!parts_.pause(backoff.next())) return false;
    }
}

void Pipeline::count_stored(const Plan& plan, SteadyTime began) {
    Meters& meters = parts_.meters;
    const WallTime now = parts_.clock.wall();
    for (const Step& step : plan.steps) {
        meters.lag_seconds.observe(seconds(now - step.frame->received));
        if (const auto* readable = std::get_if<ReadableBody>(&step.frame->content)) {
            meters.frames.add();
            meters.samples.add(readable->parameters.size());
            meters.events.add(readable->events.size());
            if (readable->time_replaced) meters.untimed.add();
        } else if (const auto* refused = std::get_if<RefusedBody>(&step.frame->content)) {
            meters.quarantined(refused->reason.name);
        } else {
            meters.gaps.add();
        }
    }
    meters.repeats.add(plan.repeats);
    meters.holes.add(plan.holes);
    meters.forks.add(plan.forks);
    if (!plan.steps.empty()) meters.commit_seconds.observe(seconds(parts_.clock.steady() - began));
}

}  // namespace watchglass::ingest

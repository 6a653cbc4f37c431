// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device-sdk/src/publish/publisher.h"

/// What the publisher does with the platform's word.
namespace watchglass::device {
void Publisher::stored(const Stored& message, SteadyTime now) {
    follow_journals();
    if (!take_history(message, now)) return;
    for (const StoredStream& stream : message.streams) apply(stream, message, now);
    collect_forks();
    seal_if_behind(now);

    const bool answers_hello = std::any_of(message.streams.begin(), message.streams.end(),
                                           [](const StoredStream& s) { return s.why == StoredWhy::hello; });
    if (answers_hello && hello_sent_) {
        round_trip_ = (round_trip_ * 7 + (now - *hello_sent_)) / 8;
        hello_sent_.reset();
        retrying_ = false;
    }
    const bool waits = std::any_of(sending_.begin(), sending_.end(),
                                   [this](const Sending& sending) { return awaits(sending); });
    if (in_flight() == 0 && !waits) retry_at_.reset();
}

/// Another history: the platform was restored and may have less than it once said. What it said before counts no more:
/// nothing is sent until the answer to a Hello says where each stream stands, and then what is missing goes again.
///
/// It is taken only from an answer to what was asked under the present one: a statement that was long under way would lead
/// back to a history that is over. False: the message counts for nothing, and is asked about.
bool Publisher::take_history(const Stored& message, SteadyTime now) {
    const std::uint64_t present = telemetry_.history();
    if (message.history == present || message.history == 0) return true;
    if (present != 0 && message.asked != present) {
        if (!doubted_ || now - *doubted_ >= Microseconds{settings_.retry_first}) hello_due_ = true;
        if (hello_due_) doubted_ = now;
        return false;
    }
    for (Journal* journal : {&events_, &telemetry_}) {
        journal->set_history(message.history);
        for (const StreamState& state : journal->streams()) {
            // Of a stream that never told anything, or from which nothing was ever sent, nothing can be missing.
            const bool nothing_told = present == 0 && state.history == 0;
            if (nothing_told || state.synced_through == StreamSeq{}) {
                journal->mark_stored(state.id, state.stored_through, state.stored_chain);
            }
        }
    }
    if (present == 0) return true;
    hello_due_ = true;
    found_.clear();
    for (Sending& sending : sending_) {
        sending.in_flight.clear();
        sending.fork.reset();  // found under the old one, between places that count no more
    }
    return true;
}

void Publisher::apply(const StoredStream& stored, const Stored& message, SteadyTime now) {
    Sending* sending = find(stored.stream);
    if (sending == nullptr) return;
    Journal& journal = journal_of(stored.stream.lane);
    const auto states = journal.streams();
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const StreamState& s) { return s.id == stored.stream; });
    if (state == states.end()) return;

    const bool other_history = message.history != 0 && state->history != message.history;
    if (stored.stored_through < state->stored_through && !other_history) return;  // late, or out of order
    if (sending->fork) return narrow(journal, *sending, *state, stored);

    // Damage has taken the end of this epoch, and with it how far it went: the platform has more of it than we know,
    // and all that we still have. A chain that we cannot know either is no sign of somebody else. And what follows a
    // fork's cut is others' business.
    const bool all_stored = stored.stored_through > state->synced_through ||
                            (stored.stored_through == state->synced_through && state->chain == Chain{});
    if (all_stored && (state->forked || (!state->live && state->end_damaged))) {
        journal.mark_stored(stored.stream, state->synced_through, state->chain);
        sending->in_flight.clear();
        sending->next = after(state->synced_through);
        sending->prev = state->chain;
        return progress(now);
    }
    // More than we ever synced, or other bytes under the same number: somebody else writes this epoch.
    // "Fork" alone is no proof: it may be the answer to a clone, which hears and is heard under the same name.
    const std::optional<bool> agrees = agreement(journal, *sending, *state, stored);
    const bool told_so = stored.why == StoredWhy::fork && !agrees;
    const bool foreign = told_so || stored.stored_through > state->found_through || agrees == false;
    // Another image of this disk may have copied the same places before us: what it had stored we do not know to be ours
    // until they are copied here too.
    if (state->filling && (foreign || stored.stored_through > state->synced_through)) return;
    if (foreign && !state->forked) return suspect_fork(*sending, *state, stored);
    if (stored.stored_through > state->synced_through && !state->forked) {
        // The last run had this stored, and the disk does not take it again yet. It is ours: when it is synced we ask.
        journal.mark_stored(stored.stream, state->synced_through, state->chain);
        return progress(now);
    }
    mark(journal, *sending, *state, stored, now);
}

/// Is the platform's chain at its position the same as ours? Nothing where we cannot tell ours: it is in a gap, or no
/// longer kept.
std::optional<bool> Publisher::agreement(Journal& journal, const Sending& sending, const StreamState& state,
                                         const StoredStream& stored) const {
    if (stored.stored_through == state.stored_through && stored.chain == state.stored_chain) return true;
    const auto sent = std::find_if(sending.in_flight.begin(), sending.in_flight.end(),
                                   [&](const Sent& s) { return s.last == stored.stored_through; });
    if (sent != sending.in_flight.end()) return sent->chain == stored.chain;
    const auto ours = journal.chain_after(stored.stream, stored.stored_through);
    if (!ours) return std::nullopt;
    return *ours == stored.chain;
}

void Publisher::mark(Journal& journal, Sending& sending, const StreamState& state, const StoredStream& stored,
                     SteadyTime now) {
    const bool moved_on = stored.stored_through > state.stored_through;
    const bool moved_back = stored.stored_through < state.stored_through;
    journal.mark_stored(stored.stream, stored.stored_through, stored.chain);
    while (!sending.in_flight.empty() && sending.in_flight.front().last <= stored.stored_through) {
        if (!state.live) backlog_window_.stored(sending.in_flight.front().at, now);
        sending.in_flight.pop_front();
    }
    if (sending.next <= stored.stored_through ||
        (moved_on && sending.in_flight.empty() && sending.next == after(stored.stored_through))) {
        sending.next = after(stored.stored_through);
        sending.prev = stored.chain;
    }
    if (moved_on) progress(now);
    const bool stalled = stored.why == StoredWhy::hello && retrying_ && !moved_on;
    const bool hole = stored.why == StoredWhy::hole && may_rewind(sending, now);
    const bool behind = sending.in_flight.empty() && sending.next > after(stored.stored_through);
    if (moved_back || behind || ((stalled || hole) && sending.next > after(stored.stored_through))) {
        rewind(sending);
        sending.rewound = now;
        ++counts_.rewinds;
    }
}

void Publisher::progress(SteadyTime now) {
    retry_delay_ = settings_.retry_first;
    retry_at_ = now + jittered(retry_delay_, 0.25);
    retrying_ = false;
}

/// Frames sent before a rewind arrive for one more round trip, and each may be answered with a hole.
bool Publisher::may_rewind(const Sending& sending, SteadyTime now) const {
    return !sending.rewound || now - *sending.rewound >= std::max(round_trip_, Microseconds{100'000});
}

/// The platform answers, and is far behind: what it lacks gets an epoch of its own, so that what is read from now on
/// does not wait for it.
void Publisher::seal_if_behind(SteadyTime now) {
    const StreamState live = telemetry_.streams().back();
    backlog_age_.look(live.id, live.stored_through, live.synced_through, now);
    const auto oldest = backlog_age_.oldest();
    if (!oldest || now - *oldest < settings_.seal_after || !telemetry_.may_seal()) return;
    if (live.synced_through.value() - live.stored_through.value() < settings_.seal_least) return;
    telemetry_.start_epoch();
    ++counts_.seals;
}

}  // namespace watchglass::device

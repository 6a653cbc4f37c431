// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device-sdk/src/publish/publisher.h"

/// What the publisher does when somebody else has written an epoch of ours: a clone of this disk, or this machine before
/// an old image was put back. First the last common place is found, then the journal cuts the epoch there.
namespace watchglass::device {
/// `theirs`: how far the platform has this epoch, from whomever.
void Publisher::suspect_fork(Sending& sending, const StreamState& state, const StoredStream& theirs) {
    // What the platform told this disk under its present history, it told about this disk's places, and went on there.
    const bool told = state.history == journal_of(sending.id.lane).history() &&
                      (theirs.stored_through > state.stored_through || theirs.chain == state.stored_chain);
    const StreamSeq common = told ? state.stored_through : StreamSeq{};
    const auto first_round = static_cast<std::uint32_t>(rng_.next_u64() >> 33) + 1;
    sending.fork.emplace(common, after(std::min(theirs.stored_through, state.found_through)), first_round);
    sending.in_flight.clear();
    ++counts_.forks;
    hello_due_ = true;
}

void Publisher::narrow(Journal& journal, Sending& sending, const StreamState& state,
                       const StoredStream& stored) {
    if (stored.round == 0) return;
    sending.fork->answer(stored.round, stored.agreed, stored.differs);
    if (!sending.fork->done()) {
        hello_due_ = true;
        return;
    }
    // Everything of ours that the platform has is ours, and it has no more than we: a false alarm.
    const auto chain = journal.chain_after(sending.id, stored.stored_through);
    if (stored.stored_through <= state.synced_through && chain && *chain == stored.chain) {
        sending.fork.reset();
        journal.mark_stored(sending.id, stored.stored_through, stored.chain);
        rewind(sending);
    }
}

/// Our chains at the places in question, as far as we know them ourselves.
void Publisher::ask_about(Journal& journal, Narrowing& fork, HelloStream& told) {
    told.round = fork.round();
    for (const StreamSeq seq : fork.places()) {
        if (const auto chain = journal.chain_after(told.stream, seq)) told.probes.push_back({seq, *chain});
    }
    if (told.probes.empty()) fork.give_up();
}

void Publisher::collect_forks() {
    for (Sending& sending : sending_) {
        if (!sending.fork || !sending.fork->done()) continue;
        if (!journal_of(sending.id.lane).may_fork()) continue;  // later
        const StreamSeq common = sending.fork->common();
        const auto states = journal_of(sending.id.lane).streams();
        const auto state = std::find_if(states.begin(), states.end(),
                                        [&](const StreamState& s) { return s.id == sending.id; });
        if (state == states.end()) continue;
        const auto chain = journal_of(sending.id.lane).chain_after(sending.id, common);
        const Chain common_chain = chain                             ? *chain
                                   : common == state->stored_through ? state->stored_chain
                                                                     : Chain{};
        const bool found = std::any_of(found_.begin(), found_.end(),
                                       [&](const ForkFound& f) { return f.stream == sending.id; });
        if (!found) found_.push_back({sending.id, common, common_chain, sending.fork->foreign()});
    }
}

void Publisher::settle_fork(const ForkFound& fork) {
    const Sending* suspected = find(fork.stream);
    if (suspected == nullptr || !suspected->fork) return;  // no longer: another history has begun since
    Journal& journal = journal_of(fork.stream.lane);
    if (!journal.fork(fork.stream, fork.common, fork.common_chain, fork.certain)) return;
    if (Sending* sending = find(fork.stream)) sending->fork.reset();
    journal.mark_stored(fork.stream, fork.common, fork.common_chain);
    follow_journals();
    if (Sending* sending = find(fork.stream)) rewind(*sending);
}

}  // namespace watchglass::device

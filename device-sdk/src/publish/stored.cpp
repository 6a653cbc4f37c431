// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "device-sdk/src/publish/publisher.h"

/// What the publisher does with the platform's word.
namespace watchglass::device {
namespace {

StreamSeq after(StreamSeq seq) { return StreamSeq{seq.value() + 1}; }

}  // namespace

void Publisher::stored(const Stored& message, SteadyTime now) {
    follow_journals();
    take_history(message);
    for (const StoredStream& stream : message.streams) apply(stream, message, now);

    const bool answers_hello = std::any_of(message.streams.begin(), message.streams.end(),
                                           [](const StoredStream& s) { return s.why == StoredWhy::hello; });
    if (answers_hello && hello_sent_) {
        round_trip_ = (round_trip_ * 7 + (now - *hello_sent_)) / 8;
        hello_sent_.reset();
        retrying_ = false;
    }
    if (in_flight() == 0) retry_at_.reset();
}

/// Another history: the platform was restored and may have less than it once said. Streams this message does not name
/// count as not stored until the answer to a Hello says otherwise; their frames are still here.
void Publisher::take_history(const Stored& message) {
    if (message.history == 0) return;
    for (Journal* journal : {&events_, &telemetry_}) {
        const std::uint64_t known = journal->history();
        journal->set_history(message.history);
        if (known == 0 || known == message.history) continue;
        hello_due_ = true;
        for (const StreamState& state : journal->streams()) {
            const bool named = std::any_of(message.streams.begin(), message.streams.end(),
                                           [&](const StoredStream& s) { return s.stream == state.id; });
            Sending* sending = find(state.id);
            if (named || sending == nullptr || state.first_retained > state.stored_through) continue;
            journal->mark_stored(state.id, StreamSeq{state.first_retained.value() - 1}, Chain{});
            sending->history = message.history;
            rewind(*sending);
        }
    }
    for (Sending& sending : sending_) {
        if (sending.history == 0) sending.history = message.history;
    }
}

void Publisher::apply(const StoredStream& stored, const Stored& message, SteadyTime now) {
    Sending* sending = find(stored.stream);
    if (sending == nullptr) return;
    Journal& journal = journal_of(stored.stream.lane);
    const auto states = journal.streams();
    const auto state = std::find_if(states.begin(), states.end(),
                                    [&](const StreamState& s) { return s.id == stored.stream; });
    if (state == states.end() || sending->forked) return;

    const bool other_history = message.history != 0 && sending->history != message.history;
    if (stored.stored_through < state->stored_through && !other_history) return;  // late, or out of order
    sending->history = message.history;

    // Damage has taken the end of this epoch, and with it how far it went: the platform has more of it than we know,
    // and all that we still have. A chain that we cannot know either is no sign of somebody else.
    const bool all_stored = stored.stored_through > state->synced_through ||
                            (stored.stored_through == state->synced_through && state->chain == Chain{});
    if (!state->live && state->end_damaged && all_stored) {
        journal.mark_stored(stored.stream, state->synced_through, state->chain);
        sending->in_flight.clear();
        sending->next = after(state->synced_through);
        sending->prev = state->chain;
        progress(now);
        return;
    }

    // More than we ever synced, or other bytes under the same number: somebody else writes this epoch.
    const auto sent = std::find_if(sending->in_flight.begin(), sending->in_flight.end(),
                                   [&](const Sent& s) { return s.last == stored.stored_through; });
    const bool differs = sent != sending->in_flight.end() && sent->chain != stored.chain;
    if (stored.why == StoredWhy::fork || stored.stored_through > state->synced_through || differs) {
        fork(*sending);
        return;
    }

    const bool moved_on = stored.stored_through > state->stored_through;
    const bool moved_back = stored.stored_through < state->stored_through;
    journal.mark_stored(stored.stream, stored.stored_through, stored.chain);
    while (!sending->in_flight.empty() && sending->in_flight.front().last <= stored.stored_through) {
        sending->in_flight.pop_front();
    }
    if (sending->next <= stored.stored_through ||
        (moved_on && sending->in_flight.empty() && sending->next == after(stored.stored_through))) {
        sending->next = after(stored.stored_through);
        sending->prev = stored.chain;
    }
    if (moved_on) progress(now);
    const bool stalled = stored.why == StoredWhy::hello && retrying_ && !moved_on;
    const bool hole = stored.why == StoredWhy::hole && may_rewind(*sending, now);
    if (moved_back || ((stalled || hole) && sending->next > after(stored.stored_through))) {
        rewind(*sending);
        sending->rewound = now;
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

void Publisher::rewind(Sending& sending) {
    for (const StreamState& state : journal_of(sending.id.lane).streams()) {
        if (state.id != sending.id) continue;
        sending.next = after(state.stored_through);
        sending.prev = state.stored_chain;
    }
    sending.in_flight.clear();
}

/// Nothing more is sent in this epoch, and nothing of it is thrown away; readings go on in a fresh one.
void Publisher::fork(Sending& sending) {
    sending.forked = true;
    sending.in_flight.clear();
    ++counts_.forks;
    Journal& journal = journal_of(sending.id.lane);
    if (journal.live() == sending.id) journal.start_epoch();
}

}  // namespace watchglass::device

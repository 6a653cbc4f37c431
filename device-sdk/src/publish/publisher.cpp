// SPDX-License-Identifier: Apache-2.0
#include "device-sdk/src/publish/publisher.h"

#include <algorithm>
#include <iterator>

#include "schemas/codec/limits.h"

namespace watchglass::device {
namespace {

std::size_t size_of(const JournalEntry& entry) {
    const auto* body = std::get_if<Bytes>(&entry.content);
    return body != nullptr ? body->size() : 0;
}

}  // namespace

Publisher::Publisher(const PublisherSettings& settings, Journal& events, Journal& telemetry, Rng& rng)
    : settings_(settings),
      events_(events),
      telemetry_(telemetry),
      rng_(rng),
      backlog_window_(rng),
      retry_delay_(settings.retry_first) {
    // A crash between two syncs may leave the lanes under two histories: what was told under the other counts no more.
    events_.set_history(telemetry_.history());
    follow_journals();
}

void Publisher::connected(SteadyTime now) {
    lost();
    connected_ = true;
    hello_due_ = true;
    retrying_ = false;
    retry_delay_ = settings_.retry_first;
    backlog_window_.restart();
    plan_heartbeat(now);
}

void Publisher::lost() {
    connected_ = false;
    hello_due_ = false;
    retry_at_.reset();
    resync_at_.reset();
    hello_sent_.reset();
    follow_journals();
    for (Sending& sending : sending_) rewind(sending);
}

void Publisher::resync(SteadyTime now) {
    if (!connected_ || resync_at_) return;
    resync_at_ = now + jittered(settings_.resync_spread / 2, 1.0);
}

/// Learns of streams that the journals have opened, and forgets those they have forgotten.
void Publisher::follow_journals() {
    follow(events_);
    follow(telemetry_);
    std::erase_if(sending_, [&](const Sending& sending) {
        const auto states = journal_of(sending.id.lane).streams();
        return std::none_of(states.begin(), states.end(),
                            [&](const StreamState& s) { return s.id == sending.id; });
    });
}

void Publisher::follow(Journal& journal) {
    for (const StreamState& state : journal.streams()) {
        if (find(state.id) != nullptr) continue;
        Sending sending;
        sending.id = state.id;
        sending.next = after(state.stored_through);
        sending.prev = state.stored_chain;
        sending_.push_back(std::move(sending));
    }
}

Publisher::Sending* Publisher::find(const StreamId& id) {
    const auto found =
        std::find_if(sending_.begin(), sending_.end(), [&](const Sending& s) { return s.id == id; });
    return found == sending_.end() ? nullptr : &*found;
}

std::optional<Outgoing> Publisher::next(SteadyTime now) {
    const StreamState live = telemetry_.streams().back();
    backlog_age_.look(live.id, live.stored_through, live.synced_through, now);
    backlog_window_.look(now);
    collect_forks();
    if (!connected_) return std::nullopt;
    if (resync_at_ && now >= *resync_at_) {
        resync_at_.reset();
        for (Sending& sending : sending_) rewind(sending);
        hello_due_ = true;
    }
    if (retry_at_ && now >= *retry_at_) {
        hello_due_ = true;
        retrying_ = true;
        retry_at_ = now + jittered(retry_delay_, 0.25);
        retry_delay_ = std::min(retry_delay_ * 2, settings_.retry_most);
    }
    if (hello_due_ || now >= heartbeat_at_) {
        hello_due_ = false;
        hello_sent_ = now;
        plan_heartbeat(now);
        const bool waits = std::any_of(sending_.begin(), sending_.end(),
                                       [this](const Sending& sending) { return awaits(sending); });
        if (waits && !retry_at_) retry_at_ = now + jittered(retry_delay_, 0.25);
        ++counts_.hellos;
        return HelloDue{};
    }
    if (auto event = next_frame(events_, now)) return event;
    if (auto frame = next_frame(telemetry_, now)) return frame;
    return std::nullopt;
}

/// Nothing of this stream is sent before a Hello has been answered.
bool Publisher::awaits(const Sending& sending) const {
    if (sending.fork) return true;
    const Journal& journal = sending.id.lane == Lane::events ? events_ : telemetry_;
    const auto states = journal.streams();
    return std::any_of(states.begin(), states.end(), [&](const StreamState& state) {
        return state.id == sending.id && state.history != journal.history();
    });
}

/// The live stream first, then sealed ones from the oldest on.
std::optional<Envelope> Publisher::next_frame(Journal& journal, SteadyTime now) {
    auto states = journal.streams();
    std::rotate(states.begin(), std::prev(states.end()), states.end());
    const bool live_open = window_open(journal.live());
    const bool backlog_open = backlog_window_open();
    for (const StreamState& state : states) {
        Sending* sending = find(state.id);
        if (sending == nullptr) {
            follow_journals();
            sending = find(state.id);
        }
        if (sending == nullptr || sending->fork || sending->next > state.synced_through) continue;
        if (state.history != journal.history()) continue;
        if (!(state.live ? live_open : backlog_open)) continue;
        if (auto envelope = send(journal, *sending, state, now)) return envelope;
    }
    return std::nullopt;
}

std::optional<Envelope> Publisher::send(Journal& journal, Sending& sending, const StreamState& state,
                                        SteadyTime now) {
    auto entry = journal.read(state.id, sending.next);
    if (!entry) return std::nullopt;
    Envelope envelope;
    envelope.stream = state.id;
    envelope.seq = entry->seq;
    const bool gap = std::holds_alternative<Gap>(entry->content);
    // Before a gap the journal may have nothing left to compute the chain from; we know what we sent or was stored.
    envelope.prev_chain = gap && sending.prev != Chain{} ? sending.prev : entry->prev_chain;

    sending.in_flight.push_back({entry->last, entry->chain, size_of(*entry), now});
    sending.next = after(entry->last);
    sending.prev = entry->chain;
    if (!retry_at_) retry_at_ = now + jittered(retry_delay_, 0.25);
    ++counts_.sent;
    envelope.possible_repeat = entry->possible_repeat;
    envelope.content = std::move(entry->content);
    return envelope;
}

bool Publisher::window_open(const StreamId& live) {
    const Sending* sending = find(live);
    if (sending == nullptr || sending->in_flight.empty()) return true;
    std::size_t bytes = 0;
    for (const Sent& sent : sending->in_flight) bytes += sent.bytes;
    return sending->in_flight.size() < settings_.window_frames && bytes < settings_.window_bytes;
}

/// The sealed epochs of both lanes share one window.
bool Publisher::backlog_window_open() const {
    std::size_t frames = 0;
    std::size_t bytes = 0;
    for (const Sending& sending : sending_) {
        if (sending.id == events_.live() || sending.id == telemetry_.live()) continue;
        frames += sending.in_flight.size();
        for (const Sent& sent : sending.in_flight) bytes += sent.bytes;
    }
    return frames == 0 ? backlog_window_.open(0)
                       : backlog_window_.open(frames) && bytes < settings_.window_bytes;
}

std::vector<HelloStream> Publisher::hello() {
    std::vector<HelloStream> told;
    std::vector<HelloStream> kept;
    for (Journal* journal : {&events_, &telemetry_}) {
        const auto states = journal->streams();
        const auto newest = std::find_if(states.rbegin(), states.rend(), [](const StreamState& state) {
            return state.synced_through > StreamSeq{};
        });
        for (const StreamState& state : states) {
            const bool owes = state.stored_through < state.synced_through;
            const Sending* sending = find(state.id);
            const bool forked = sending != nullptr && sending->fork;
            if (state.live || owes || forked || (newest != states.rend() && state.id == newest->id)) {
                told.push_back(greeting(*journal, state));
            } else if (state.history != journal->history()) {
                kept.push_back(greeting(*journal, state));
            }
        }
    }
    told.insert(told.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
    if (told.size() > codec::limits::streams) told.resize(codec::limits::streams);
    return told;
}

/// A position that was told under another history claims nothing under this one.
HelloStream Publisher::greeting(Journal& journal, const StreamState& state) {
    const bool known = state.history == journal.history();
    HelloStream told{state.id, state.first_retained, known ? after(state.stored_through) : StreamSeq{1},
                     after(state.synced_through), state.chain};
    if (known) told.told_chain = state.stored_chain;
    Sending* sending = find(state.id);
    if (sending != nullptr && sending->fork) ask_about(journal, *sending->fork, told);
    return told;
}

std::optional<SteadyTime> Publisher::deadline() const {
    if (!connected_) return std::nullopt;
    SteadyTime earliest = heartbeat_at_;
    if (retry_at_) earliest = std::min(earliest, *retry_at_);
    if (resync_at_) earliest = std::min(earliest, *resync_at_);
    if (backlog_window_.rest_until()) earliest = std::min(earliest, *backlog_window_.rest_until());
    return earliest;
}

bool Publisher::drained() const {
    if (events_.unstored_places() > 0 || telemetry_.unstored_places() > 0) return false;
    return std::none_of(sending_.begin(), sending_.end(),
                        [this](const Sending& sending) { return awaits(sending); });
}

std::size_t Publisher::in_flight() const {
    std::size_t frames = 0;
    for (const Sending& sending : sending_) frames += sending.in_flight.size();
    return frames;
}

void Publisher::rewind(Sending& sending) {
    for (const StreamState& state : journal_of(sending.id.lane).streams()) {
        if (state.id != sending.id) continue;
        sending.next = after(state.stored_through);
        sending.prev = state.stored_chain;
    }
    sending.in_flight.clear();
}

void Publisher::plan_heartbeat(SteadyTime now) { heartbeat_at_ = now + jittered(settings_.heartbeat, 0.1); }

/// Uniform in around * (1 +- spread).
Microseconds Publisher::jittered(std::chrono::milliseconds around, double spread) {
    const double factor = 1.0 + spread * (2.0 * rng_.next_unit() - 1.0);
    return Microseconds{
        static_cast<std::int64_t>(static_cast<double>(Microseconds{around}.count()) * factor)};
}

}  // namespace watchglass::device

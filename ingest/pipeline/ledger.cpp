// SPDX-License-Identifier: Apache-2.0
#include "ingest/pipeline/ledger.h"

#include <algorithm>
#include <vector>

namespace watchglass::ingest {

void RecentChains::add(StreamSeq seq, const Chain& chain) {
    ring_[next_] = {seq, chain};
    next_ = (next_ + 1) % ring_.size();
}

std::optional<Chain> RecentChains::at(StreamSeq seq) const {
    if (seq == StreamSeq{}) return Chain{};
    for (const Entry& entry : ring_) {
        if (entry.seq == seq) return entry.chain;
    }
    return std::nullopt;
}

Verdict judge(const StreamPosition& stored, const RecentChains& recent, const Offer& offer) {
    const std::uint64_t through = stored.stored_through.value();
    if (offer.from.value() > through + 1) return Verdict::hole;

    if (offer.from.value() == through + 1) {
        const bool unknown_before = offer.gap && offer.before == Chain{};
        return unknown_before || offer.before == stored.chain ? Verdict::accept : Verdict::fork;
    }

    if (offer.to.value() > through) return Verdict::accept;  // only a gap spans several places
    // A gap over frames that are stored says what the device no longer has, not what it said.
    if (offer.gap) return Verdict::repeat;
    const auto known = recent.at(offer.to);
    return known && *known != offer.after ? Verdict::fork : Verdict::repeat;
}

bool StreamLedger::knows(const StreamKey& key) const {
    const auto found = streams_.find(key);
    return found != streams_.end() && found->second.known;
}

void StreamLedger::learn(const StreamKey& key, const StreamPosition& position) {
    State& state = streams_[key];
    state.known = true;
    state.used = ++uses_;
    state.position = position;
    state.recent.add(position.stored_through, position.chain);
    if (position.stored_through == StreamSeq{}) {
        empty_.insert(key);
    } else {
        empty_.erase(key);
    }
}

void StreamLedger::forget(const StreamKey& key) {
    if (const auto found = streams_.find(key); found != streams_.end()) found->second.known = false;
}

void StreamLedger::moved(const StreamKey& key, const StreamPosition& position) { learn(key, position); }

bool StreamLedger::hole_asked_lately(const State& state, SteadyTime now) {
    return state.hole_asked_at == state.position.stored_through && now - state.hole_asked < hole_pause;
}

void StreamLedger::drop_empty(SteadyTime now) {
    for (auto key = empty_.begin(); key != empty_.end();) {
        const auto stream = streams_.find(*key);
        if (hole_asked_lately(stream->second, now)) {
            ++key;
        } else {
            streams_.erase(stream);
            key = empty_.erase(key);
        }
    }
}

void StreamLedger::bound(std::size_t most) {
    if (streams_.size() <= most) return;
    std::vector<std::uint64_t> uses;
    uses.reserve(streams_.size());
    for (const auto& [key, state] : streams_) uses.push_back(state.used);
    const auto surplus = static_cast<std::ptrdiff_t>(streams_.size() - most * 3 / 4);
    std::nth_element(uses.begin(), uses.begin() + surplus, uses.end());
    const std::uint64_t newest_gone = uses[static_cast<std::size_t>(surplus)];
    std::erase_if(streams_, [&](const auto& entry) { return entry.second.used < newest_gone; });
    std::erase_if(empty_, [&](const StreamKey& key) { return !streams_.contains(key); });
}

bool StreamLedger::may_ask_for_hole(const StreamKey& key, SteadyTime now) {
    State& state = streams_.at(key);
    if (hole_asked_lately(state, now)) return false;
    state.hole_asked_at = state.position.stored_through;
    state.hole_asked = now;
    return true;
}

}  // namespace watchglass::ingest

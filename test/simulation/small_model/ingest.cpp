// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/platform.h"

namespace watchglass::small_model {
namespace {

std::size_t index(int epoch) { return static_cast<std::size_t>(epoch - 1); }

/// Reads the stream's row, when this process does not believe to know it.
void learn(const State& state, Ingest& process, int epoch) {
    if (process.history == 0) process.history = state.database.history;
    if ((process.known & bit(epoch)) != 0) return;
    process.known |= small(bit(epoch));
    process.ledger[index(epoch)] = state.database.streams[index(epoch)].chain;
}

void forget(Ingest& process, int epoch) {
    process.known &= small(~bit(epoch));
    process.ledger[index(epoch)] = Chain{};
}

bool chain_is_kept(const Rules& rules, const Chain& stored, int place) {
    return place == 0 || place > stored.size() - rules.configuration.kept_chains;
}

Verdict judge(const Rules& rules, const Chain& stored, const Message& offer) {
    const Design& design = rules.design;
    if (offer.from > stored.size() + 1) return design.in_order ? Verdict::hole : Verdict::accept;
    if (offer.from == stored.size() + 1) {
        const bool continues =
            (offer.kind == Kind::gap ? offer.about : offer.chain.through(stored.size())) == stored;
        return continues || !design.chain ? Verdict::accept : Verdict::fork;
    }
    if (offer.to() > stored.size()) return Verdict::accept;  // a gap, from a device that missed our last word
    if (offer.kind == Kind::gap) return Verdict::repeat;
    if (!design.removes_repeats) return Verdict::accept;
    const bool same = stored.through(offer.to()) == offer.chain;
    return same || !design.chain || !chain_is_kept(rules, stored, offer.to()) ? Verdict::repeat
                                                                              : Verdict::fork;
}

Message statement(const Ingest& process, int epoch, Why why) {
    Message stored;
    stored.kind = Kind::stored;
    stored.epoch = small(epoch);
    stored.chain = process.ledger[index(epoch)];
    stored.history = process.history;
    stored.why = why;
    return stored;
}

/// Does this chain say what the device was told it says?
bool says(const Rules& rules, const Chain& ours, const Message& hello) {
    const int told = hello.from;
    if (told > ours.size()) return false;
    if (!rules.design.told_chain_compared || !rules.design.chain || !chain_is_kept(rules, ours, told))
        return true;
    return ours.through(told) == hello.about;
}

/// Where the device's places and the kept chains say the same, and where they first do not.
void compare_probes(const Rules& rules, const Message& hello, Message& answer) {
    const Chain& ours = answer.chain;
    for (int place = 1; place <= std::min(hello.to(), ours.size()); ++place) {
        if (place < hello.dropped || !chain_is_kept(rules, ours, place)) continue;
        if (ours.through(place) == hello.chain.through(place)) {
            answer.agreed = small(place);
        } else if (answer.differs == 0) {
            answer.differs = small(place);
        }
    }
}

/// Within one history a database only grows. So a device that was told under this very history what the database does
/// not say was told it by a newer one: this is a restored backup. Another history begins, under which devices believe
/// lower numbers. What was told under any other history shows nothing: that device only has not heard yet.
void notice_restore(const Rules& rules, State& state, const Message& hello) {
    Database& database = state.database;
    const Chain& ours = database.streams[index(hello.epoch)].chain;
    if (hello.history != database.history || says(rules, ours, hello)) return;
    database.history = ++state.histories;
}

void greet(const Rules& rules, State& state, Ingest& process, const Message& hello) {
    // A device that was told something else than the ledger says is reason to look at the row itself.
    const Chain& believed = process.ledger[index(hello.epoch)];
    if (hello.history != process.history || !says(rules, believed, hello)) {
        if (rules.design.restores_are_noticed) notice_restore(rules, state, hello);
        process.history = state.database.history;
        forget(process, hello.epoch);
        learn(state, process, hello.epoch);
    }
    Message answer = statement(process, hello.epoch, Why::hello);
    answer.about = hello.chain;
    answer.asked_under = hello.history;
    if (rules.design.chain) compare_probes(rules, hello, answer);
    state.down.put(answer);
}

}  // namespace

void take(const Rules& rules, State& state, Ingest& process, const Message& message) {
    learn(state, process, message.epoch);
    if (message.kind == Kind::hello) return greet(rules, state, process, message);
    switch (judge(rules, process.ledger[index(message.epoch)], message)) {
        case Verdict::accept:
            process.held = message;
            process.phase = Phase::holding;
            if (!rules.design.commit_first) {
                Message early = statement(process, message.epoch, Why::progress);
                early.chain = message.chain;
                state.down.put(early);
            }
            return;
        case Verdict::repeat: return state.down.put(statement(process, message.epoch, Why::progress));
        case Verdict::hole: return state.down.put(statement(process, message.epoch, Why::hole));
        case Verdict::fork: return state.down.put(statement(process, message.epoch, Why::fork));
    }
}

void tell(const Rules&, State& state, Ingest& process) {
    state.down.put(statement(process, process.held.epoch, Why::progress));
    process.held = Message{};
    process.phase = Phase::idle;
}

void kill(Ingest& process) { process = Ingest{}; }

}  // namespace watchglass::small_model

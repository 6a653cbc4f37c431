// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/platform.h"

namespace watchglass::small_model {
namespace {

std::size_t index(int epoch) { return static_cast<std::size_t>(epoch - 1); }

void insert_row(const Rules& rules, Database& database, const Message& frame) {
    const Identity reading = frame.reading();
    if (reading == nothing) return;
    auto& rows = frame.repeat ? database.flagged : database.copies;
    ++rows[static_cast<std::size_t>(reading)];
    const bool newer = reading > database.latest || !rules.design.latest_is_observed;
    if (newer) database.latest = small(reading);
}

/// Rows and position, both or neither. False when the row is not where the process thought: nothing is changed.
bool transact(const Rules& rules, Database& database, const Message& offer, const Chain& believed) {
    StreamRow& row = database.streams[index(offer.epoch)];
    const bool moved = row.chain != believed;
    if (moved && rules.design.compare_and_set) return false;
    if (offer.kind == Kind::gap) {
        for (int place = believed.size() + 1; place <= offer.to(); ++place)
            row.missing |= small(bit(place - 1));
    } else {
        insert_row(rules, database, offer);
    }
    const bool repeat_stored_again = offer.to() <= believed.size();
    if (!repeat_stored_again) row.chain = offer.chain;
    return true;
}

}  // namespace

void commit(const Rules& rules, State& state, Ingest& process, Outcome outcome) {
    const Message held = process.held;
    Chain& believed = process.ledger[index(held.epoch)];
    const bool committed = outcome != Outcome::unknown_no && transact(rules, state.database, held, believed);

    const bool taken_for_success = outcome != Outcome::known && !rules.design.unknown_is_silent;
    if ((outcome == Outcome::known && committed) || taken_for_success) {
        if (held.to() > believed.size()) believed = held.chain;
        process.phase = Phase::to_tell;
        return;
    }
    // Rolled back, or nobody knows: the row itself is read before anything is said about this stream again.
    process.known &= small(~bit(held.epoch));
    believed = Chain{};
    process.held = Message{};
    process.phase = Phase::idle;
}

void restore(const Rules& rules, State& state) {
    state.database = state.kept_backup;
    if (!rules.design.forgets_with_session) return;
    // An ingest's service ends with its session, and what it had taken in goes with it. No message is under way for as
    // long as a restore takes.
    for (Ingest& process : state.ingest) kill(process);
    if (rules.configuration.messages_outlive_restores) return;
    state.up = Messages{};
    state.down = Messages{};
}

}  // namespace watchglass::small_model

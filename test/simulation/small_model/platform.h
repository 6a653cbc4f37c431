// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "test/simulation/small_model/design.h"
#include "test/simulation/small_model/state.h"

/// What ingest decides and what its transactions do to the database.
///
/// take -> judge -> commit -> tell. A process trusts its ledger, which is a copy, so the transaction compares it with
/// the row before it changes anything.
namespace watchglass::small_model {

enum class Verdict : Small { accept, repeat, hole, fork };
enum class Outcome : Small { known, unknown_yes, unknown_no };

/// Judges a message; everything but an accepted frame is answered at once.
void take(const Rules& rules, State& state, Ingest& process, const Message& message);
/// The transaction of the frame that is held.
void commit(const Rules& rules, State& state, Ingest& process, Outcome outcome);
/// Stored, for what was committed.
void tell(const Rules& rules, State& state, Ingest& process);

void kill(Ingest& process);
void restore(const Rules& rules, State& state);

}  // namespace watchglass::small_model

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "test/simulation/small_model/design.h"
#include "test/simulation/small_model/state.h"

/// What must hold in every state, and what must come of every state once nothing more goes wrong.
namespace watchglass::small_model {

/// In the order of the columns in which they are printed.
enum Harm : Small {
    lost,        ///< was synced, and will never be stored, though its disk is there and nothing was declared
    duplicated,  ///< stored twice, without a word that it may be
    discarded,   ///< lost because it was taken for a repeat
    out_of_order,  ///< an older reading behind a newer one in a stream
    wrong_latest,  ///< "latest" is not the last observed of what is stored
    sent_again,    ///< though nothing was lost
    false_alarm,   ///< a fork was named, and nobody had copied a disk
    false_gap,     ///< a reading is declared lost, and is stored
    false_doubt,   ///< a row is called a possible repeat, though every chain is kept
    stuck,         ///< a device waits for ever
    harm_count
};
const char* in_words(Harm harm);

using Harms = unsigned;  ///< a bit for each Harm
constexpr Harms harm_bit(Harm harm) { return 1U << harm; }

/// What is wrong in this very state.
Harms harms_now(const Rules& rules, const State& state);

/// From here on nothing goes wrong any more: the broker comes back empty, each side says what it has to say, and every
/// message arrives, until nothing changes. Device `first` speaks first. With `story`, it is told there what is said
/// that matters.
State settled(const Rules& rules, State state, int first, std::vector<std::string>* story = nullptr);

/// What is wrong with a settled state.
Harms harms_at_rest(const Rules& rules, const State& settled);

}  // namespace watchglass::small_model

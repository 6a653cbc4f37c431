// SPDX-License-Identifier: Apache-2.0
#include "test/simulation/small_model/mutants.h"

#include <algorithm>

#include "test/simulation/small_model/configurations.h"

namespace watchglass::small_model {
namespace {

/// A mutant's world may be larger than the design's (it is why it is one); its harm lies near the beginning.
constexpr std::uint64_t most_states = 150'000;

using Decision = bool Design::*;

Design without(std::initializer_list<Decision> decisions) {
    Design design;
    for (const Decision decision : decisions) design.*decision = false;
    return design;
}

}  // namespace

const std::vector<Mutant>& mutants() {
    using D = Design;
    static const std::vector<Mutant> all{
        // The rows of the first table in the README, in its order.
        {"release-on-puback",
         "released when the broker has it",
         without({&D::release_on_stored}),
         {"no-room"},
         harm_bit(lost)},
        {"no-dedupe",
         "our ack; a repeat is stored again",
         without({&D::removes_repeats}),
         {"crashes"},
         harm_bit(duplicated)},
        {"any-order",
         "our ack; stored in any order",
         without({&D::in_order, &D::chain}),
         {"crashes"},
         harm_bit(lost)},
        {"no-epoch",
         "our ack + seq, no epoch and no chain",
         without({&D::fresh_epochs, &D::chain}),
         {"wipe"},
         harm_bit(discarded)},
        {"send-before-fsync",
         "our ack + (epoch, seq), sent before fsync, no chain",
         without({&D::sends_only_synced, &D::chain}),
         {"crashes"},
         harm_bit(discarded)},
        {"no-chain",
         "repeats and positions compared by number alone",
         without({&D::chain}),
         {"rollback", "clone"},
         harm_bit(discarded)},
        {"restore-not-noticed",
         "a restored database goes on in its old history",
         without({&D::restores_are_noticed}),
         {"restore"},
         harm_bit(lost)},

        // The same two decisions under today's chain: it saves the data, and cries wolf.
        {"no-epoch-with-chain",
         "a wiped journal keeps its epoch",
         without({&D::fresh_epochs}),
         {"wipe"},
         harm_bit(false_alarm)},
        {"send-before-fsync-with-chain",
         "sent before fsync",
         without({&D::sends_only_synced}),
         {"crashes"},
         harm_bit(false_alarm)},

        {"unclean-start-not-declared",
         "no gap for what memory held at a crash",
         without({&D::declares_unclean_start}),
         {"unclean-boot"},
         harm_bit(lost)},

        // Ingest
        {"ack-before-commit",
         "Stored before COMMIT",
         without({&D::commit_first}),
         {"no-room"},
         harm_bit(lost)},
        {"unknown-is-success",
         "an unknown outcome counts as committed",
         without({&D::unknown_is_silent}),
         {"crashes"},
         harm_bit(lost)},
        {"no-compare-and-set",
         "the position is not compared in the transaction",
         without({&D::compare_and_set}),
         {"two-ingests"},
         harm_bit(duplicated)},
        {"latest-is-received",
         "latest is the last received",
         without({&D::latest_is_observed}),
         {"sealing"},
         harm_bit(wrong_latest)},

        // What is sent without need
        {"rewind-on-progress",
         "the device rewinds on progress",
         without({&D::rewinds_on_hole_only}),
         {"orderly"},
         harm_bit(sent_again)},
        {"lower-number-believed",
         "a lower number counts under the same history",
         without({&D::lower_only_by_history}),
         {"orderly"},
         harm_bit(sent_again)},

        // Forks
        {"mapping-not-synced",
         "moved to a random epoch before that is on disk",
         without({&D::mapping_synced, &D::epoch_named_by_content}),
         {"clone-crash"},
         harm_bit(duplicated)},
        {"random-epoch-after-fork",
         "moved to a random epoch",
         without({&D::epoch_named_by_content}),
         {"clone-and-rollback"},
         harm_bit(duplicated)},
        {"answer-to-anyone",
         "the answer to the other copy's Hello is believed",
         without({&D::answers_name_question}),
         {"clone"},
         harm_bit(duplicated)},

        // Restored databases
        {"ledger-outlives-session",
         "ingest keeps its ledger over a restore",
         without({&D::forgets_with_session}),
         {"restore"},
         harm_bit(lost)},
        {"told-by-number",
         "a Hello's claim is compared by number alone",
         without({&D::told_chain_compared}),
         {"restore-clone", "restore-clone-ahead"},
         harm_bit(lost)},
        {"any-history-is-new",
         "a late statement takes a device back to an old history",
         without({&D::history_by_answer}),
         {"restore"},
         harm_bit(lost)},
    };
    return all;
}

const Mutant* find_mutant(std::string_view name) {
    const auto& all = mutants();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](auto& mutant) { return name == mutant.name; });
    return found == all.end() ? nullptr : &*found;
}

Findings run(const Mutant& mutant) {
    Findings together;
    for (const char* name : mutant.configurations) {
        Findings found = run({*find_configuration(name), mutant.design}, most_states);
        together.explored.states += found.explored.states;
        together.explored.transitions += found.explored.transitions;
        together.overflowed = together.overflowed || found.overflowed;
        together.explored.depth = std::max(together.explored.depth, found.explored.depth);
        for (std::size_t harm = 0; harm < harm_count; ++harm) {
            auto& best = together.histories[harm];
            auto& other = found.histories[harm];
            if (other && (!best || other->steps.size() < best->steps.size())) best = std::move(other);
        }
    }
    return together;
}

Harms harms_in(const Findings& findings) {
    Harms harms = 0;
    for (int harm = 0; harm < harm_count; ++harm) {
        if (findings.found(static_cast<Harm>(harm))) harms |= harm_bit(static_cast<Harm>(harm));
    }
    return harms;
}

}  // namespace watchglass::small_model

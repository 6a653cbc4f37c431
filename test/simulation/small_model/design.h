// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace watchglass::small_model {

/// The decisions that make delivery safe. Each can be switched off, to see what it is for (mutants.cpp).
struct Design {
    // Instrument
    bool release_on_stored = true;       ///< and not as soon as the broker says that it took a frame
    bool sends_only_synced = true;       ///< what a power cut could undo is not sent
    bool fresh_epochs = true;            ///< a journal that was wiped begins another epoch
    bool declares_unclean_start = true;  ///< a gap stands for what memory may have held at a crash
    bool lower_only_by_history = true;   ///< a lower number counts only under another history
    bool history_by_answer = true;  ///< another history is taken only from the answer to a question of ours
    bool mapping_synced = true;     ///< a fork's new epoch is on disk before its first frame is sent
    bool epoch_named_by_content = true;  ///< re-keying the same frames twice gives the same epoch
    bool answers_name_question = true;   ///< the answer to a clone's question is not taken for ours
    bool rewinds_on_hole_only = true;    ///< and never on progress

    // Both sides
    bool chain = true;  ///< frames and positions are compared by hash chain, not by number alone

    // Ingest
    bool removes_repeats = true;       ///< a number below the position is not stored again
    bool in_order = true;              ///< a number beyond the next one is not stored
    bool commit_first = true;          ///< Stored is said after COMMIT
    bool unknown_is_silent = true;     ///< an unknown outcome is looked up, not taken for a success
    bool compare_and_set = true;       ///< rows and position move together, and only from where they were
    bool forgets_with_session = true;  ///< a lost database session takes the ledger with it
    bool restores_are_noticed =
        true;                         ///< a device that was told more shows that the database is an older one
    bool told_chain_compared = true;  ///< ... by number and by chain
    bool latest_is_observed = true;   ///< "latest" is the last observed reading, not the last received
};

/// How large a world is searched, and what may go wrong in it. Every number is an upper bound.
struct Configuration {
    const char* name = "";
    const char* says = "";

    int readings = 2;            ///< observed, over all devices
    int processes = 1;           ///< of ingest
    int window = 2;              ///< places sent beyond the stored one
    int room = 7;                ///< places that fit on a device's disk
    int kept_chains = 7;         ///< newest places of a stream whose chain the platform still knows
    bool unclean_gap = false;    ///< what a crash takes from memory is looked at
    bool syncs_at_once = false;  ///< nothing waits in memory: fewer states where no crash is looked at
    bool orderly = false;        ///< frames arrive once and in order; for what is sent without need

    bool messages_outlive_restores = false;  ///< some message is under way longer than a restore takes

    int crashes = 0;
    int wipes = 0;
    int images = 0;     ///< copies of a disk that are kept
    int rollbacks = 0;  ///< ... and put back
    int clones = 0;     ///< a second device starts from a copy
    int seals = 0;
    int hellos = 0;  ///< questions asked while things go wrong; unlimited once faults are spent
    int ingest_kills = 0;
    int broker_kills = 0;
    int unknown_outcomes = 0;
    int backups = 0;
    int restores = 0;
};

/// What all steps are given.
struct Rules {
    Configuration configuration;
    Design design;
};

}  // namespace watchglass::small_model

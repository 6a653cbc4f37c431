// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "schemas/values/frame.h"
#include "test/faults/support/told.h"

namespace watchglass::faults {

/// One run of an instrument, from its start to its end.
struct Life {
    std::vector<Told> told;  ///< what it tells when nothing ends it early, in order
    /// Per lane, how many of those were synced when it ended, as its disk showed: at least these must be stored.
    std::array<std::size_t, 3> synced{};
    bool ended_early =
        false;  ///< killed, or its power lost: what was not synced may be gone, if that is declared
    /// Per lane, at that end: without a journal that this run had begun there is nothing that could declare a loss.
    std::array<bool, 3> journal_was_there{true, true, true};

    /// Every word of it must be stored.
    static Life whole(std::vector<Told> told);
    static Life cut_short(std::vector<Told> told);
};

/// What one instrument went through, and what may excuse a gap.
struct Account {
    std::vector<Life> lives;
    /// Besides an unclean boot for each life that ended early: how many places of a lane gaps of that cause may take.
    std::map<GapCause, std::uint64_t> excused;
};

// What the tables hold of that instrument.

struct FrameRow {
    StreamId stream;
    std::uint64_t seq = 0;
    std::vector<Told> told;                    ///< in the frame's order, by the instrument's own clock
    std::vector<std::int64_t> corrected_us{};  ///< of each of them
};
struct GapRow {
    StreamId stream;
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    GapCause cause = GapCause::unclean_boot;
};
struct CommittedRun {
    std::uint64_t from = 0;
    std::uint64_t through = 0;
};
struct StreamRow {
    StreamId id;
    std::uint64_t stored_through = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t missing = 0;
    std::vector<CommittedRun> commits;  ///< which positions each transaction added
};
struct LatestRow {
    std::int32_t parameter = 0;
    double value = 0;
    std::int64_t changed_us = 0;  ///< corrected
};
struct History {
    std::vector<FrameRow> frames;
    std::vector<GapRow> gaps;
    std::vector<StreamRow> streams;
    std::vector<LatestRow> latest;
    std::uint64_t quarantined = 0;
};

struct Verdict {
    std::size_t lost = 0;        ///< told, due, and neither stored nor declared missing
    std::size_t duplicated = 0;  ///< stored more than once
    std::vector<std::string> complaints;

    [[nodiscard]] bool good() const { return complaints.empty(); }
    void add(Verdict other);
    [[nodiscard]] std::string text() const;
};

/// Decides whether the tables tell what the instrument told. Call it once the instrument has nothing left to send.
///
/// - prefix: of each life and lane, what is stored are its first words, without a hole: all of a life that ended by
///   itself, at least what was synced of one that was ended;
/// - order: within a stream, positions follow the order in which things were told;
/// - no repeat: nothing is stored twice, in whatever stream, and nothing that was never told. A new epoch's snapshot
///   says again what is known, under its own time: it is told apart by that, and its values must have been told;
/// - gaps: a missing word has a gap at its place; a gap has a cause that this instrument went through, and is not
///   more frequent than that; nothing is in quarantine;
/// - positions: rows, gaps and commits of a stream tile 1..stored_through, and the stream's counts agree;
/// - latest: for each parameter, the reading observed last: within a stream the one in the later place, between streams
///   the one of the later corrected time.
Verdict check(const Account& account, const History& history);

}  // namespace watchglass::faults

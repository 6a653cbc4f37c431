// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "device-sdk/src/journal/segment_survey.h"

/// The files of one journal beside one another, for people who look at it from outside: do they fit together, what
/// would the journal give out, what is lost. Pure. Opens no Journal: that would write.
namespace watchglass::device {

struct PlaceRange {
    StreamSeq from{};
    StreamSeq to{};
    [[nodiscard]] std::uint64_t size() const { return to.value() - from.value() + 1; }
    friend bool operator==(const PlaceRange&, const PlaceRange&) = default;
};

struct StreamSurvey {
    StreamId id;
    std::uint32_t ordinal = 0;
    bool newest = false;                ///< of its lane, when the whole directory is known
    std::vector<std::size_t> segments;  ///< of JournalSurvey::segments, in order of their places
    std::optional<StreamRecord>
        told;  ///< the last that any file says of it; nothing: never told of the platform
    std::vector<PlaceRange> readable;  ///< what the journal can give out: frames and declared gaps
    std::vector<PlaceRange> lost;      ///< what it will have to declare as damaged
    std::uint64_t unstored = 0;        ///< readable, and not stored as far as the files tell
    std::uint64_t dropped = 0;         ///< gave way before they were stored; declared with told's cause
    [[nodiscard]] std::uint64_t readable_places() const;
    [[nodiscard]] std::uint64_t lost_places() const;
    [[nodiscard]] std::uint64_t lost_unstored() const;  ///< lost for good, as far as the files tell
};

struct JournalSurvey {
    std::vector<SegmentSurvey> segments;
    std::vector<StreamSurvey> streams;  ///< by lane, oldest epoch first
    std::vector<Finding> findings;      ///< beside those of the segments
    [[nodiscard]] Grade grade() const;  ///< the worst of all
};

/// `whole`: these are all files of the directory, so that places between them are missing. The findings of a segment
/// change by what its neighbors say: a torn tail that the next segment does not need is a note, one that it needs is
/// damage.
JournalSurvey survey_journal(std::vector<SegmentSurvey> segments, bool whole);

}  // namespace watchglass::device

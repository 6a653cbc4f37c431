// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "device-sdk/src/journal/segment_format.h"

/// What is in one segment file, told from its bytes, for people who look at a journal from outside: the command line,
/// tests, a fuzzer. Pure; any bytes are legal input. Where intact records end and whether that is a torn tail is decided
/// by scan_segment(), as when the journal itself opens.
namespace watchglass::device {

/// How bad a finding is, the worst last.
enum class Grade : std::uint8_t {
    fine,
    note,       ///< worth saying, costs nothing
    torn,       ///< an interrupted write at the end: normal after a power cut, cut at the next start
    unchecked,  ///< written by a newer version
    damage,     ///< what was written once is not there as it was written
};
[[nodiscard]] std::string_view to_text(Grade grade);

enum class FindingKind : std::uint8_t {
    unreadable_file,  ///< the disk did not give it
    empty_file,
    header_damaged,
    name_differs,    ///< an intact header under another segment's name
    newer_format,    ///< journal.newer
    record_damaged,  ///< a record below what was synced cannot be read
    out_of_order,    ///< an intact record of another place than the next one
    torn_tail,
    commit_ahead,    ///< a commit record that names places which do not stand before it
    odd_record,      ///< intact, but its payload is impossible
    hole,            ///< places that no file holds and nothing declares
    chain_broken,    ///< two segments of an epoch do not fit together
    stored_differs,  ///< the platform's chain is not this journal's
    mixed_files,     ///< files of more than one journal
    ignored_file,    ///< not a segment's name; the journal does not look at it
};
[[nodiscard]] std::string_view to_text(FindingKind kind);

struct Finding {
    FindingKind kind = FindingKind::torn_tail;
    Grade grade = Grade::damage;
    std::string file;      ///< name within its directory
    std::uint64_t at = 0;  ///< byte in it
    std::string text;      ///< sentences for a person
};

struct FrameFacts {
    StreamSeq seq{};
    std::uint32_t changes = 0;
    std::size_t body_bytes = 0;
    bool possible_repeat = false;
};
/// An intact record and where it stands. No content: a type of a newer version, or a payload that cannot be.
struct SurveyedRecord {
    std::uint64_t at = 0;
    std::uint64_t bytes = 0;  ///< with its own header
    std::uint8_t type = 0;
    std::variant<std::monostate, FrameFacts, GapRecord, CommitRecord, StreamRecord, ClosedRecord> content;
};

struct SegmentSurvey {
    enum class KnownBy : std::uint8_t { header, name, nothing };

    std::string name;         ///< of the file, without its directory
    std::uint64_t bytes = 0;  ///< of the file
    KnownBy known_by = KnownBy::header;
    SegmentHeader header;  ///< by name: without chain and time
    bool foreign = false;  ///< name and header are both intact and name different segments
    bool newer = false;    ///< nothing more is known of it

    StreamSeq last{};           ///< last intact place; before header.first when there is none
    std::uint64_t places = 0;   ///< intact ones
    std::uint64_t frames = 0;   ///< repeats among them
    std::uint64_t repeats = 0;  ///< frames that may be stored under another epoch
    std::uint64_t samples = 0;  ///< in those frames
    std::vector<GapRecord> gaps;
    std::vector<StreamRecord> streams;
    std::optional<CommitRecord> committed;    ///< the last commit record
    std::optional<ClosedRecord> closed;       ///< the journal was closed in order after the last place
    std::uint64_t used = 0;                   ///< where intact records end
    std::optional<StreamSeq> synced_through;  ///< damage, and records beyond it name places up to here
    std::vector<Finding> findings;

    /// The chain after an intact place that ends a record; header.prev_chain before the first.
    [[nodiscard]] std::optional<Chain> chain_after(StreamSeq place) const;

    struct Mark {
        StreamSeq last{};
        Chain chain{};
    };
    std::vector<Mark> marks;  ///< behind chain_after(): one a place record, in order
};

using EachRecord = std::function<void(const SurveyedRecord&)>;

/// `name` is the file's name, `file` all its bytes. `each` gets every intact record in order.
SegmentSurvey survey_segment(std::string name, ByteSpan file, const EachRecord& each = {});

/// For a file whose bytes the disk does not give.
SegmentSurvey unreadable_segment(std::string name, std::string_view why);

/// The worst of them; fine when there is none.
[[nodiscard]] Grade worst(const std::vector<Finding>& findings);

}  // namespace watchglass::device

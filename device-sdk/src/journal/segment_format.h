// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/result.h"
#include "schemas/values/frame.h"
#include "schemas/values/identifiers.h"

/// The bytes of a segment, as docs/formats/journal.md writes them down. Little-endian, nothing is punned.
namespace watchglass::device {

inline constexpr std::size_t segment_header_bytes = 68;
inline constexpr std::size_t record_header_bytes = 9;
inline constexpr std::size_t frame_prefix_bytes = 12;  ///< seq and changes before a frame's body

struct SegmentHeader {
    Lane lane = Lane::telemetry;
    std::uint32_t ordinal = 0;  ///< of the epoch within its lane, from 1: tells which epoch is the newest
    Epoch epoch{};
    StreamSeq first{};  ///< place of the first frame or gap of this segment
    Chain prev_chain{};
    WallTime created;
};

Bytes encode_header(const SegmentHeader& header);
/// journal.malformed, or journal.newer for a format above ours.
Result<SegmentHeader> parse_header(ByteSpan bytes);

/// `telemetry-00000001-<epoch>-<first seq>.wgj`: for people; the header decides.
std::string segment_name(const SegmentHeader& header);
/// What a name says when the header cannot: lane, ordinal, epoch, first. Nothing when it is no segment's name.
std::optional<SegmentHeader> parse_segment_name(std::string_view name);
/// Both name the same file: lane, ordinal, epoch and first place.
bool agree(const SegmentHeader& a, const SegmentHeader& b);

enum class RecordType : std::uint8_t {
    frame = 1,
    gap = 2,
    commit = 3,
    stream = 4,
    closed = 5,
    repeat = 6,  ///< a frame that may be stored already
};
/// Frames and gaps take places, other records do not.
[[nodiscard]] bool takes_place(RecordType type);

struct FrameRecord {
    StreamSeq seq{};
    std::uint32_t changes = 0;  ///< samples in it, so that a gap can say how many were lost
    ByteSpan body;              ///< points into the record
    bool possible_repeat =
        false;  ///< a `repeat` record: copied after a fork from a place the platform may have
};
/// Places from..gap.to of this stream hold nothing but this declaration.
struct GapRecord {
    StreamSeq from{};
    Gap gap;
};
/// Everything up to here was on disk when this was written.
struct CommitRecord {
    StreamSeq synced_through{};
};
/// A forked epoch: others write the places after `cut` too. Those on this disk are copied, in order, into another epoch.
struct Fork {
    StreamSeq cut{};  ///< the last place that we and the platform have in common
    Chain cut_chain{};
    StreamSeq certain{};  ///< copies of places from here on are no repeats; those between cut and here may be
    StreamSeq moved_through{};  ///< copied, and synced in the other epoch
    std::uint32_t into_ordinal = 0;
    Epoch into_epoch{};
};
/// What the platform has of a stream, and what was dropped from it here. The last one of a lane counts.
struct StreamRecord {
    std::uint32_t ordinal = 0;
    Epoch epoch{};
    StreamSeq stored_through{};
    Chain stored_chain{};
    std::uint64_t history = 0;    ///< platform history id under which it was told; 0: never heard
    StreamSeq dropped_through{};  ///< frames up to here are no longer on this disk
    Chain chain_at_dropped{};
    std::uint64_t changes_lost = 0;  ///< among the dropped and unstored; 0: not known
    GapCause cause = GapCause::journal_full;
    std::optional<Fork> fork;
};
/// Last record of a journal that was closed in order.
struct ClosedRecord {
    WallTime at;
};

Bytes encode_frame_record(StreamSeq seq, std::uint32_t changes, ByteSpan body, bool possible_repeat = false);
Bytes encode_record(const GapRecord& record);
Bytes encode_record(const CommitRecord& record);
Bytes encode_record(const StreamRecord& record);
Bytes encode_record(const ClosedRecord& record);

/// One record as it stands in a segment, checked against its CRC.
struct RawRecord {
    RecordType type = RecordType::frame;
    ByteSpan payload;
    std::size_t bytes = 0;  ///< of the whole record
};
/// The record that begins at `bytes`. Nothing: the end of the data, or damage (is_end tells).
std::optional<RawRecord> parse_record(ByteSpan bytes);
/// True where no record was ever written: zeros, or too short for a record header.
bool is_end(ByteSpan bytes);

// The payloads; nothing when the length or a field is impossible.
/// Of a record of type frame or repeat.
std::optional<FrameRecord> parse_frame(const RawRecord& record);
std::optional<GapRecord> parse_gap(ByteSpan payload);
std::optional<CommitRecord> parse_commit(ByteSpan payload);
std::optional<StreamRecord> parse_stream(ByteSpan payload);
std::optional<ClosedRecord> parse_closed(ByteSpan payload);

/// The highest commit found at any offset, and where it ends: tells damage below what was synced from a torn tail.
struct FoundCommit {
    CommitRecord commit;
    std::size_t end = 0;
};
std::optional<FoundCommit> find_commit(ByteSpan bytes);

}  // namespace watchglass::device

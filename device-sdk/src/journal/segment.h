// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device-sdk/src/journal/segment_format.h"
#include <watchglass/disk.h>

namespace watchglass::device {

/// One segment file as the journal knows it.
struct Segment {
    std::string name;
    SegmentHeader header;
    StreamSeq last{};    ///< last place in it; header.first - 1 while it is empty
    Chain last_chain{};  ///< after that place
    std::uint64_t bytes = 0;
    bool damaged = false;  ///< cannot be read through to `last`: the rest is a gap
    bool lost = false;     ///< damaged, and nothing of it can be given out: nobody knows its first chain

    [[nodiscard]] bool empty() const { return last < header.first; }
};

/// What stands at a place of a stream: a frame, or the declaration that from..to will never come.
struct JournalEntry {
    StreamSeq seq{};     ///< of the frame, or the gap's first place
    StreamSeq last{};    ///< == seq for a frame
    Chain prev_chain{};  ///< after place seq - 1
    Chain chain{};       ///< after place last
    std::variant<Bytes, Gap> content;
    std::uint32_t changes = 0;
    bool possible_repeat = false;  ///< copied after a fork from a place that the platform may have
};

/// The frame or gap in `raw`, if it is one, is well formed and stands at `next`; `chain` is the one before it.
std::optional<JournalEntry> entry_of(const RawRecord& raw, const StreamId& stream, StreamSeq next,
                                     const Chain& chain);

/// Walks through the frames and gaps of one segment, in order. Any bytes are legal input.
class SegmentCursor {
public:
    SegmentCursor(std::unique_ptr<DiskFile> file, const SegmentHeader& header);

    [[nodiscard]] StreamSeq next() const { return next_; }
    /// The entry at next(). Nothing: the data was read, and ends here or is damaged. A failure: the disk did not
    /// give it, which says nothing about the data; begin again with another cursor.
    Result<std::optional<JournalEntry>> read();

private:
    Result<std::optional<RawRecord>> load_record();

    std::unique_ptr<DiskFile> file_;
    StreamId stream_;
    std::uint64_t offset_ = segment_header_bytes;
    StreamSeq next_;
    Chain chain_;
    Bytes buffer_;
};

/// A record that was written and perhaps not synced before the end: it goes into the next segment.
struct PendingRecord {
    StreamSeq last{};
    Chain chain{};
    std::uint32_t changes = 0;
    Bytes record;
    bool inherited = false;  ///< by the last run, which may have synced and sent it
};

/// What the newest segment of an epoch holds, read once when the journal is opened.
struct SegmentScan {
    StreamSeq committed{};  ///< last place known to have been synced
    Chain committed_chain{};
    std::vector<PendingRecord> tail;  ///< intact places after that
    std::vector<StreamRecord> streams;
    bool closed = false;                       ///< the journal was closed in order after its last place
    std::optional<StreamSeq> damaged_through;  ///< places committed+1..this were synced and are unreadable
    std::size_t data_end = 0;                  ///< where intact records end
    std::size_t tail_begin = 0;  ///< where the first place of `tail` stands; data_end without any
};

/// `segment` is the whole file, its header already checked.
SegmentScan scan_segment(const SegmentHeader& header, ByteSpan segment);

/// Makes durable what is in the file.
Result<void> sync_segment(Disk& disk, const std::string& name);
/// The whole file.
Result<Bytes> read_segment(Disk& disk, const std::string& name, std::uint64_t bytes);

}  // namespace watchglass::device

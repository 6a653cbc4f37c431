// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device-sdk/src/journal/segment.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/random.h"

namespace watchglass::device {

struct JournalSettings {
    Lane lane = Lane::telemetry;
    std::uint64_t bytes_most = std::uint64_t{230} << 20;    ///< of this lane on disk; at least four segments
    std::uint32_t segment_bytes = 1u << 20;                 ///< 64 KiB to 4 MiB
    std::size_t pending_bytes_most = std::size_t{1} << 20;  ///< appended and not synced, in memory
};

/// One stream of this lane. Everything in it is synced: what is only appended is not claimed before anyone.
struct StreamState {
    StreamId id;
    bool live = false;           ///< the one that append() goes to; the others are sealed and drain
    StreamSeq first_retained{};  ///< == synced_through + 1 when nothing is kept
    StreamSeq stored_through{};
    Chain stored_chain{};
    StreamSeq synced_through{};
    Chain chain{};              ///< after synced_through; zeros when damage has taken it
    bool end_damaged = false;   ///< more than synced_through may once have been synced, and sent
    StreamSeq found_through{};  ///< >= synced_through: found at open and not synced again yet; may be stored
    bool forked = false;        ///< others write places beyond synced_through; ours are in another epoch
    bool filling = false;       ///< a fork's places are still being copied into it
    std::uint64_t history = 0;  ///< of the platform, under which stored_through was told; 0: never heard
};

/// What opening found, for the log and the first events.
struct OpenReport {
    bool first_boot = false;           ///< no journal was here
    bool unclean = false;              ///< the last run did not close; a gap was appended
    std::size_t damaged_segments = 0;  ///< with something that is not stored, found at open or since
};

/// Keeps one lane of an instrument's frames until the platform says that they are stored.
///
/// A place is appended (in memory; append never waits for the disk) -> synced (after sync() a power cut does not undo
/// it; only now may it be read and sent) -> sent (the publisher's business) -> stored (mark_stored). Stored segments
/// stay while there is room. Full: the oldest stored segment goes, then the oldest unstored one, which leaves a gap.
/// A failed sync seals the segment and writes the same places into a new one; if that fails too, they wait in memory,
/// bounded, the oldest becoming a gap. Damage of what had been synced ends the epoch: live() is another one then.
///
/// A forked epoch (a clone or an old image of this disk has written it too) is cut at the last place in common; its own
/// places beyond are copied into a fresh epoch, and the record of that is synced with the copies.
///
/// One thread at a time. Pure over Disk, Rng and Clock.
class Journal {
public:
    /// journal.newer when a newer version wrote here; journal.io when the directory cannot be read. A disk that only
    /// refuses to be written opens: appends wait in memory.
    static Result<std::unique_ptr<Journal>> open(const JournalSettings& settings, Disk& disk, Rng& rng,
                                                 const Clock& clock);

    /// In memory. `changes`: samples in it. invalid_argument when the body is larger than a quarter segment.
    Result<StreamSeq> append(ByteSpan body, std::uint32_t changes);
    /// Declares that something was lost at this point; takes one place.
    StreamSeq append_gap(GapCause cause, std::uint64_t changes_lost);
    /// Writes and syncs everything appended. On failure nothing is lost from memory: call again later.
    Result<void> sync();
    /// sync(), and a last record that says so.
    Result<void> close();

    /// The place `from` of a stream, which must be synced. A gap may end further on. journal.io when the disk does not
    /// give it now: ask again later; only after minutes of it the place counts as damaged.
    Result<JournalEntry> read(const StreamId& stream, StreamSeq from);
    /// The chain after a place that is synced or was found at open. journal.no_entry where it cannot be told: within a gap, or no longer kept.
    Result<Chain> chain_after(const StreamId& stream, StreamSeq seq);
    /// The platform's word, under history(). Any number is taken (a restored platform has less); beyond what is synced
    /// is refused.
    bool mark_stored(const StreamId& stream, StreamSeq through, const Chain& chain);
    void set_history(std::uint64_t history) { history_ = history; }
    /// Ends the live epoch and begins another; what is not synced moves over.
    void start_epoch();
    /// Sealing on purpose is refused beyond so many epochs: each costs a record in every segment.
    [[nodiscard]] bool may_seal() const { return streams_.size() < most_epochs && !inherits(); }
    static constexpr std::size_t most_epochs = 64;

    /// Somebody else writes this epoch too: it ends at `cut`, the last place in common, and the live epoch ends. What is
    /// synced beyond is copied into a fresh epoch by move_forked(); copies of places below `certain` are marked as
    /// possible repeats. False when the stream is not known, was forked before or ends before `cut`, and while what the
    /// last run left is not synced again: it may be stored under its old name.
    [[nodiscard]] bool may_fork() const { return !inherits(); }
    bool fork(const StreamId& stream, StreamSeq cut, const Chain& cut_chain, StreamSeq certain);
    /// Copies the next segment's worth of what forks have left to copy; only synced copies can be read. True when
    /// nothing is left. After a Failure nothing is lost or doubled: call again later.
    Result<bool> move_forked();
    [[nodiscard]] bool moving() const;

    [[nodiscard]] std::vector<StreamState> streams() const;  ///< oldest epoch first, the live one last
    [[nodiscard]] StreamId live() const { return streams_.back().id; }
    [[nodiscard]] std::uint64_t history() const { return history_; }
    [[nodiscard]] const OpenReport& report() const { return report_; }
    [[nodiscard]] std::size_t pending_bytes() const { return pending_bytes_; }
    [[nodiscard]] std::uint64_t bytes_on_disk() const;
    [[nodiscard]] std::uint64_t unstored_places() const;
    [[nodiscard]] std::uint64_t unstored_bytes() const;  ///< whole segments, so at most; 0 when all is stored
    [[nodiscard]] std::optional<WallTime> oldest_unstored() const;  ///< when its segment was begun
    [[nodiscard]] std::uint64_t dropped_places() const { return dropped_places_; }  ///< since open
    [[nodiscard]] bool may_grow(std::uint64_t bytes) const;  ///< without dropping anything unstored

private:
    struct Stream {
        std::uint32_t ordinal = 0;
        StreamId id;
        std::deque<Segment> segments;
        StreamSeq stored_through{};
        Chain stored_chain{};
        StreamSeq dropped_through{};
        Chain chain_at_dropped{};
        std::uint64_t changes_lost = 0;
        GapCause cause = GapCause::journal_full;
        StreamSeq end{};  ///< last synced place in its files
        Chain end_chain{};
        std::uint64_t history = 0;  ///< under which stored_through was told
        std::optional<Fork> fork;
        bool changed = false;  ///< since its record was last written
        std::unique_ptr<SegmentCursor> cursor;
        std::string cursor_segment;
        std::optional<SteadyTime> unreadable_since;  ///< reading unreadable_place has failed ever since
        StreamSeq unreadable_place{};

        /// The last place that is this epoch's own: what lies beyond a fork's cut is not.
        [[nodiscard]] StreamSeq own_end() const { return fork ? std::min(fork->cut, end) : end; }
        [[nodiscard]] bool moving() const { return fork && fork->moved_through < end; }
        /// Something in the segment is neither stored nor copied.
        [[nodiscard]] bool owes(const Segment& segment) const;
        [[nodiscard]] std::uint64_t owed_places(const Segment& segment) const;
    };

    Journal(const JournalSettings& settings, Disk& disk, Rng& rng, const Clock& clock);

    // journal_open.cpp
    Result<void> load();
    Result<void> load_segments();
    Result<void> recover_headers(Stream& stream);
    Result<void> load_epoch(Stream& stream, std::vector<StreamRecord>& states, bool newest);
    void apply(const std::vector<StreamRecord>& states);
    void apply(const StreamRecord& state);
    Stream& insert_stream(std::uint32_t ordinal, Epoch epoch);
    void finish_moves();
    void count_damage();
    void go_on();
    void resume(bool closed);

    // journal.cpp
    [[nodiscard]] bool inherits() const { return !pending_.empty() && pending_.front().inherited; }
    StreamSeq append_frame(ByteSpan body, std::uint32_t changes, bool possible_repeat);
    Stream& live_stream() { return streams_.back(); }
    Epoch fresh_epoch();
    Epoch epoch_of_copies(const StreamId& stream, StreamSeq cut);
    std::deque<PendingRecord> seal_live();
    void begin_live(const std::deque<PendingRecord>& waiting);
    void push_pending(PendingRecord record);
    void collapse_pending();
    Result<void> write_pending();
    Bytes take_batch(std::size_t room, std::size_t& taken) const;
    void settle(std::size_t taken);
    void write_commit();
    Result<void> start_segment();
    Result<void> write_new_segment(const SegmentHeader& header, const std::string& name, std::size_t& taken);
    Result<std::unique_ptr<DiskFile>> place_segment(const std::string& name, std::uint64_t bytes,
                                                    ByteSpan head);
    static StreamRecord record_of(const Stream& stream);
    Bytes stream_records() const;
    Bytes changed_records() const;
    void records_written();

    // journal_read.cpp
    Stream* find(const StreamId& stream);
    JournalEntry dropped_entry(const Stream& stream, StreamSeq from) const;
    bool lasting(Stream& stream, StreamSeq from) const;
    Result<JournalEntry> read_from_segment(Stream& stream, Segment& segment, StreamSeq from);
    JournalEntry damaged_entry(Stream& stream, Segment& segment, StreamSeq from);

    // journal_fork.cpp
    struct Copies {
        Bytes records;
        StreamSeq moved_through{};
        StreamSeq last{};
        Chain chain{};
    };
    Result<Copies> copies_of(const StreamId& from, std::size_t room);
    Result<void> move_some(const StreamId& from);
    void release_moved(Stream& stream);

    // journal_room.cpp
    [[nodiscard]] std::uint64_t weight(const Segment& segment) const;
    [[nodiscard]] std::uint64_t used() const;
    bool drop_oldest(bool unstored_too, std::vector<std::string>& victims);
    void drop_front(Stream& stream, std::vector<std::string>& victims);
    void make_room(std::uint64_t needed, std::vector<std::string>& victims);
    void remove_files(const std::vector<std::string>& victims);
    std::uint64_t count_changes(const Stream& stream, const Segment& segment) const;
    void forget_empty_streams();
    [[nodiscard]] bool awaited(const Stream& stream) const;
    void bound_streams();

    JournalSettings settings_;
    Disk& disk_;
    Rng& rng_;
    const Clock& clock_;
    std::vector<Stream> streams_;     ///< by ordinal; never empty once open
    std::unique_ptr<DiskFile> file_;  ///< the live segment; null: sealed, the next sync begins another
    std::uint64_t offset_ = 0;        ///< where the next record goes in it
    std::deque<PendingRecord> pending_;
    std::size_t pending_bytes_ = 0;
    bool left_behind_ =
        false;  ///< a file that failed may still be there, under a name that the next start believes
    std::vector<std::string>
        victims_;  ///< dropped, and their files still there until that is declared on disk
    StreamSeq next_{1};
    Chain chain_{};
    std::uint64_t history_ = 0;
    bool sealed_by_damage_ = false;
    std::size_t reopened_data_end_ = 0;  ///< of the segment that the last run wrote to
    std::uint64_t dropped_places_ = 0;
    OpenReport report_;
};

}  // namespace watchglass::device

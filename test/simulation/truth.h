// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "device-sdk/src/journal/segment_format.h"
#include "schemas/values/dictionary.h"
#include "schemas/values/frame.h"
#include "test/simulation/disk.h"

namespace watchglass::simulation {

/// Every reading and every alarm of a run has a number of its own: the value of `count`, or the text of the alarm.
using ReadingId = std::uint64_t;

/// What the instruments of a run report: numbered readings, ballast, and one alarm.
const Dictionary& bench_dictionary();
inline constexpr ParameterNumber count_parameter{1};
inline constexpr ParameterNumber ballast_parameter{2};
inline constexpr std::string_view alarm_name = "stuck";

/// The readings that a body tells, in its order.
std::vector<ReadingId> readings_in(const Body& body);

/// Something that stood durably at a place of a stream.
struct Durable {
    StreamId stream;
    StreamSeq seq{};
    StreamSeq last{};  ///< == seq for a frame
    Chain chain{};     ///< after `last`
    std::optional<GapCause> gap;
    bool snapshot = false;
    std::vector<ReadingId> readings;

    int holders = 0;       ///< disks that have it, or had it until the product let go of it
    bool removed = false;  ///< the product removed a file with it
    bool rotten = false;   ///< bits have rotted in a file with it
};

/// What one identity's instruments made durable, over all machines that ever bore it. Two of them (clones, or one
/// rolled back) may have different things at one place.
class Ledger {
public:
    /// The one known already, when it is the same.
    Durable& add(Durable place);
    [[nodiscard]] const Durable* find(const StreamId& stream, StreamSeq seq, const Chain& chain) const;
    [[nodiscard]] const std::deque<Durable>& places() const { return places_; }

private:
    std::deque<Durable> places_;
    std::map<std::pair<StreamId, StreamSeq>, std::vector<Durable*>> by_seq_;
};

/// Reads what becomes durable on one machine's disk, with nothing but the documented format, and enters it in the ledger.
/// Independent of what the journal claims.
class Witness final : public DiskObserver {
public:
    explicit Witness(Ledger& ledger) : ledger_(&ledger) {}

    void durable(const Platter::File& file) override;
    void removed(const Platter::File& file) override;
    /// Bits have rotted in this file.
    void rotted(const Platter::File& file);
    /// After a power cut: whatever is still there was written after all, though nobody may count on that.
    void survived(const Platter& platter);

    /// What the disk held: goes with an image of it.
    struct Image {
        struct Read {
            bool begun = false;
            bool rotten = false;
            std::size_t offset = 0;
            StreamId stream;
            StreamSeq next{};
            Chain chain{};
            std::vector<Durable*> places;
        };
        std::map<std::uint64_t, Read> files;
        std::vector<Durable*> held;
        std::vector<Durable*> by_luck;  ///< never synced, and there all the same
    };
    [[nodiscard]] const Image& image() const { return image_; }
    /// The disk holds that image now; what only the old content had is gone with it.
    void become(const Image& image);
    /// Every place is gone with the disk.
    void wiped() { become(Image{}); }

    [[nodiscard]] bool holds(const StreamId& stream, StreamSeq seq, const Chain& chain) const;
    [[nodiscard]] std::uint64_t gaps_of(GapCause cause) const;

private:
    void enter(Image::Read& read, const device::RawRecord& raw);

    Ledger* ledger_;
    Image image_;
    bool lucky_ = false;
};

}  // namespace watchglass::simulation

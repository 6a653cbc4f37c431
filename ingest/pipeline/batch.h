// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "libs/foundation/failure.h"
#include "schemas/values/frame.h"
#include "schemas/values/identifiers.h"
#include "storage/telemetry/rows.h"

/// What the steps of the pipeline hand to one another: plain values.
namespace watchglass::ingest {

using storage::DeviceKey;
using storage::StreamKey;

/// How long a device's data is kept: older observations are believed to be a wrong clock.
struct Keeping {
    storage::RetentionClass retention{1};
    Microseconds keep{0};
    friend bool operator==(const Keeping&, const Keeping&) = default;
};

/// How far a stream is stored. {0, zeros} before its first frame.
struct StreamPosition {
    StreamSeq stored_through{};
    Chain chain{};
    friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

/// A body that was read and obeys its dictionary, as the columns that storage wants.
struct ReadableBody {
    storage::DictionaryNumber dictionary{};
    std::string sub_device;
    BootId boot{};
    Microseconds monotonic{0};
    WallTime wall;
    ClockQuality clock_quality = ClockQuality::unknown;
    WallTime base;  ///< the device's clock at offset 0, the earliest time in the columns

    // One entry a change; offsets are 0 .. 900,000,000.
    std::vector<std::int16_t> parameters;
    std::vector<std::int32_t> offsets_us;
    std::vector<double> numbers;                    ///< NaN where the value is a text
    std::vector<std::optional<std::string>> texts;  ///< empty in a frame without texts

    std::vector<std::int16_t> confirmed;
    std::vector<std::int32_t> confirmed_offsets_us;

    std::vector<Event> events;

    // What the decide step adds: the platform's times.
    WallTime t;  ///< of offset 0
    bool time_replaced =
        false;  ///< the device's time could not be used: the last change has the time of receipt
    std::vector<WallTime> event_times;

    [[nodiscard]] std::int32_t longest_offset() const;
};

/// A body that cannot become rows: it goes to quarantine, and its stream goes on.
struct RefusedBody {
    Code reason;
    std::string detail;
};

/// A frame (or gap) whose envelope was read. It may be decided again after a rollback: nothing in it is used up.
struct Frame {
    DeviceId device;
    DeviceKey owner;
    Keeping keeping;
    std::string topic;
    WallTime received;
    StreamId stream;
    StreamSeq seq{};      ///< of the frame, or the first of the gap
    StreamSeq through{};  ///< the same, or the last of the gap
    Chain prev_chain{};
    Chain chain{};                 ///< after `through`
    bool possible_repeat = false;  ///< as the device says: may be stored under another epoch too
    std::variant<ReadableBody, Gap, RefusedBody> content;
    Bytes payload;  ///< as received: what quarantine keeps

    [[nodiscard]] StreamKey key() const { return {owner, stream}; }
};

/// Where a device that asks agrees with us about a stream (after a fork), as far as chains are kept.
struct Narrowed {
    std::uint32_t round = 0;
    StreamSeq agreed{};
    StreamSeq differs{};
    friend bool operator==(const Narrowed&, const Narrowed&) = default;
};

/// A Hello that was read.
struct Greeting {
    DeviceId device;
    DeviceKey owner;
    WallTime received;
    Hello hello;
    std::map<StreamId, Narrowed> narrowed{};  ///< what the pipeline found about its probes
};

/// A message whose outside could not be read, or whose sender the registry does not admit: quarantined without a
/// position.
struct Unreadable {
    std::optional<DeviceKey> owner;
    std::string topic;
    WallTime received;
    Code reason;
    std::string detail;
    Bytes payload;
};

/// When a batch is full: what one transaction stores stays small enough to be committed soon.
struct BatchLimits {
    std::size_t messages = 2'500;
    // Of these two: and the rest of the group of messages that went beyond it.
    std::size_t samples = 100'000;
    std::size_t bytes = std::size_t{16}
                        << 20;  ///< of payload: what nobody can read is not counted in samples
};

/// In the order of arrival within each list; per stream that order is all that matters.
struct Batch {
    std::vector<Frame> frames;
    std::vector<Greeting> greetings;
    std::vector<Unreadable> unreadable;
    std::size_t messages = 0;        ///< that it was made of
    std::size_t samples = 0;         ///< changes in its frames
    std::size_t bytes = 0;           ///< of payload in those messages
    std::optional<WallTime> oldest;  ///< of those messages, when it came
    [[nodiscard]] bool empty() const { return frames.empty() && greetings.empty() && unreadable.empty(); }
    [[nodiscard]] bool full(const BatchLimits& limits) const {
        return messages >= limits.messages || samples >= limits.samples || bytes >= limits.bytes;
    }
    /// Keeps the lists' memory.
    void clear() {
        frames.clear();
        greetings.clear();
        unreadable.clear();
        messages = samples = bytes = 0;
        oldest.reset();
    }
};

/// Something a device is owed: a statement about one of its streams, after the commit.
struct Answer {
    DeviceId device;
    StreamKey key;
    StoredWhy why = StoredWhy::progress;
    Narrowed narrowed{};
    friend bool operator==(const Answer&, const Answer&) = default;
};

}  // namespace watchglass::ingest

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/foundation/bytes.h"
#include "libs/foundation/clock.h"
#include "schemas/values/frame.h"
#include "schemas/values/identifiers.h"

/// What ingest gives to storage: plain values, all times in microseconds UTC.
namespace watchglass::storage {

/// A device inside the database: the short form of a device id.
struct DeviceKey {
    TenantNumber tenant{};
    DeviceNumber device{};
    friend auto operator<=>(const DeviceKey&, const DeviceKey&) = default;
    friend bool operator==(const DeviceKey&, const DeviceKey&) = default;
};

/// A stream inside the database.
struct StreamKey {
    DeviceKey device;
    StreamId stream;
    friend auto operator<=>(const StreamKey&, const StreamKey&) = default;
    friend bool operator==(const StreamKey&, const StreamKey&) = default;
};

using RetentionClass = StrongId<std::int16_t, struct RetentionClassTag>;      ///< retention_classes.class
using DictionaryNumber = StrongId<std::int32_t, struct DictionaryNumberTag>;  ///< dictionaries.dictionary

/// One accepted frame. The spans and views stay the caller's and must live until the call returns; ingest points
/// them into the columns of a whole batch, so that nothing is allocated per sample.
struct FrameRow {
    DeviceKey device;
    RetentionClass retention{1};
    StreamId stream;
    StreamSeq seq{};
    WallTime t;  ///< corrected time of the earliest change or confirmation; decides the partition
    WallTime received;
    std::int64_t device_us = 0;  ///< the device's own clock at offset 0, whatever it said
    ClockQuality clock_quality = ClockQuality::unknown;
    bool time_replaced = false;  ///< the device's time was no use: t is the received time
    DictionaryNumber dictionary{};
    std::string_view sub_device;  ///< empty: the device itself

    // Changes, in the order of the frame. A frame without any gets no row in `frames`.
    std::span<const std::int16_t> parameters;
    std::span<const std::int32_t> offsets_us;  ///< each 0 .. 900,000,000 after t
    std::span<const double> numbers;           ///< NaN where the value is a text
    std::span<const std::string_view>
        texts;  ///< empty when the frame has no text; else `{}` where it is a number

    // "Read again, unchanged": moves only `latest`.
    std::span<const std::int16_t> confirmed;
    std::span<const std::int32_t> confirmed_offsets_us;
};

struct EventRow {
    DeviceKey device;
    StreamId stream;
    StreamSeq seq{};
    std::int16_t ordinal = 0;  ///< position in its frame
    WallTime t;
    WallTime received;
    std::int64_t device_us = 0;
    ClockQuality clock_quality = ClockQuality::unknown;
    DictionaryNumber dictionary{};
    std::string sub_device;
    EventKind kind = EventKind::raised;
    Severity severity = Severity::alarm;
    std::string name;
    std::optional<std::int16_t> parameter;
    std::optional<double> value;
    std::string text;
};

/// Frames `from`..`to` of a stream will never come.
struct GapRow {
    DeviceKey device;
    StreamId stream;
    StreamSeq from{};
    StreamSeq to{};
    GapCause cause = GapCause::journal_full;
    std::uint64_t changes_lost = 0;  ///< 0: not known
    WallTime received;
};

/// Frames `from`..`to` of a stream may be stored under another epoch too.
struct RepeatRow {
    DeviceKey device;
    StreamId stream;
    StreamSeq from{};
    StreamSeq to{};
    WallTime received;
};

/// Something that could not be read or was refused, with its bytes.
struct QuarantineRow {
    /// Whose it is; nothing when it cannot be told (a foreign topic, a device nobody registered).
    std::optional<DeviceKey> device;
    std::string topic;
    /// Where it stood, when its envelope was readable. The stream has moved past it.
    std::optional<StreamId> stream;
    StreamSeq seq{};
    WallTime received;
    std::string code;    ///< name of a Code: `frame.unknown_parameter`
    std::string detail;  ///< one sentence for a person
    ByteSpan bytes;      ///< the message as it came
};

/// Contiguous positions of one stream that a batch accounts for: stored, quarantined or declared lost.
struct StreamRun {
    StreamKey stream;
    StreamSeq from{};  ///< stored_through + 1
    StreamSeq through{};
    /// The chains after the last `chains.size()` positions, in order, ending with that of `through`: those of the
    /// frames since the run's last gap, or all. At least one.
    std::vector<Chain> chains;
    std::uint64_t quarantined = 0;  ///< how many of the positions were quarantined
    std::uint64_t missing = 0;      ///< how many were declared lost by gaps
    WallTime t_first;  ///< earliest and latest FrameRow::t of the run; equal and 1970 when it has no rows
    WallTime t_last;
};

/// Where a stream stands. Outlives the retention of its data.
struct StreamState {
    StreamKey stream;
    StreamSeq stored_through{};
    Chain chain{};  ///< after stored_through
    std::uint64_t quarantined = 0;
    std::uint64_t missing = 0;
};

}  // namespace watchglass::storage

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/telemetry/rows.h"

namespace watchglass::storage {

/// The current value of one parameter of a device.
struct LatestEntry {
    std::int16_t parameter = 0;
    DictionaryNumber dictionary{};
    double number = 0;  ///< NaN where the value is a text
    std::string text;
    WallTime changed;    ///< corrected time of the change to this value
    WallTime confirmed;  ///< corrected time of the last reading that found it so; >= changed
    StreamId stream;     ///< where the value came from
    StreamSeq seq{};
    friend bool operator==(const LatestEntry&, const LatestEntry&) = default;
};

/// Everything latest about one device (or one sub-device).
struct LatestState {
    DeviceKey device;
    std::string sub_device;
    WallTime heard;                    ///< last received anything
    std::vector<LatestEntry> entries;  ///< by parameter, ascending
};

/// "Read again, unchanged", for a value that is not among the news.
struct LatestConfirmation {
    std::int16_t parameter = 0;
    StreamId stream;
    StreamSeq seq{};
    WallTime at;
    friend bool operator==(const LatestConfirmation&, const LatestConfirmation&) = default;
};

/// What a stretch of frames says about the latest of one device (or one sub-device), whatever is known of it so far. Takes
/// room for its parameters, however many frames there are.
struct LatestNews {
    WallTime heard;
    std::vector<LatestEntry> changes;  ///< by parameter, ascending
    std::vector<LatestConfirmation> confirmations;
};

// The rules, all pure:
//
// - within a stream the later seq wins, and within a frame the later time, then the later place;
// - across streams the later corrected time of reading wins, so that a backfill never moves a value back;
// - a confirmation counts only for a value that came from the same stream (it says nothing of another one's).

/// Adds a frame. Adding it again changes nothing.
void add_to_news(LatestNews& news, const FrameRow& frame);
/// Applying the same again changes nothing.
void apply_to_latest(LatestState& state, const LatestNews& news);

}  // namespace watchglass::storage
